// SPDX-License-Identifier: GPL-2.0-only
/* devmap.c - the include set of devmap(9E) and devmap_umem_setup(9F) */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/ddidevmap.h>

#include "headers.h"

static ddi_umem_cookie_t xx_cookie;

static int xx_map(devmap_cookie_t dhp, ddi_dev_t dev, uint_t flags, offset_t off, size_t len,
		  void **pvtp)
{
	devmap_handle_t *handle = dhp;

	*pvtp = handle->dh_cookie;
	return dev && flags && off >= 0 && len ? 0 : -1;
}

static int xx_access(devmap_cookie_t dhp, void *pvtp, offset_t off, size_t len, uint_t type,
		     uint_t rw)
{
	if (devmap_unload(dhp, off, len) != 0)
		return FC_MAKE_ERR(5);
	if (rw == DEVMAP_WRITE)
		return devmap_load(dhp, off, len, type, rw);
	return devmap_default_access(dhp, pvtp, off, len, type, rw);
}

static int xx_dup(devmap_cookie_t dhp, void *pvtp, devmap_cookie_t new_dhp, void **new_pvtp)
{
	*new_pvtp = dhp == new_dhp ? NULL : pvtp;
	return devmap_devmem_remap(new_dhp, NULL, 0, 0, ptob(1), PROT_ALL,
				   DEVMAP_MAPPING_INVALID, NULL);
}

static void xx_unmap(devmap_cookie_t dhp, void *pvtp, offset_t off, size_t len,
		     devmap_cookie_t new_dhp1, void **new_pvtp1, devmap_cookie_t new_dhp2,
		     void **new_pvtp2)
{
	if (new_dhp1 != NULL && new_dhp1 != dhp)
		*new_pvtp1 = pvtp;
	if (new_dhp2 != NULL && off && len)
		*new_pvtp2 = pvtp;
}

static int xx_contextmgt(devmap_cookie_t dhp, void *pvtp, offset_t off, size_t len,
			 uint_t type, uint_t rw)
{
	return pvtp ? devmap_load(dhp, off, len, type, rw) : FC_HWERR;
}

static struct devmap_callback_ctl xx_ops = {
	DEVMAP_OPS_REV, xx_map, xx_access, xx_dup, xx_unmap
};

static ddi_device_acc_attr_t xx_attr = {
	DDI_DEVICE_ATTR_V0, DDI_NEVERSWAP_ACC, DDI_STRICTORDER_ACC, DDI_DEFAULT_ACC
};

/* G2, D20 */
int use_devmap(ddi_dev_t dev, devmap_cookie_t dhp, offset_t off, size_t len, size_t *maplen,
	       uint_t model)
{
	int error = devmap_umem_setup(dhp, NULL, &xx_ops, xx_cookie, off, len, PROT_ALL,
				      DEVMAP_ALLOW_REMAP | IOMEM_DATA_CACHED, &xx_attr);

	if ((model & DDI_MODEL_MASK) == DDI_MODEL_NONE)
		return dev ? -1 : 1;
	*maplen = ptob(btopr(len));
	return error ? error : devmap_umem_remap(dhp, NULL, xx_cookie, off, len, PROT_ALL, 0,
						 &xx_attr);
}

/* G2, D28, D35 */
int use_devmem(ddi_dev_t dev, devmap_cookie_t dhp, offset_t off, size_t len, size_t *maplen,
	       uint_t model)
{
	if (devmap_devmem_setup(dhp, NULL, &xx_ops, dev ? 1 : 0, off, len, PROT_ALL,
				DEVMAP_ALLOW_REMAP | IOMEM_DATA_UC_WR_COMBINE, &xx_attr))
		return model ? -1 : 1;
	devmap_set_ctx_timeout(dhp, (clock_t)5);
	*maplen = ptob(btopr(len));
	return devmap_devmem_remap(dhp, NULL, 1, off, len, PROT_ALL, 0, &xx_attr);
}

/* G2, D35 */
int use_ctxmgt(devmap_cookie_t dhp, void *pvtp, offset_t off, size_t len, uint_t type,
	       uint_t rw)
{
	return devmap_do_ctxmgt(dhp, pvtp, off, len, type, rw, xx_contextmgt);
}

/* G2, D4 */
int use_segmap(ddi_dev_t dev, off_t off, ddi_as_handle_t as, caddr_t *addrp, off_t len,
	       uint_t prot, uint_t maxprot, uint_t flags, cred_t *cred)
{
	if (flags & MAP_FIXED)
		return devmap_setup(dev, (offset_t)off, as, addrp, len, prot, maxprot, flags,
				    cred);
	return ddi_devmap_segmap(dev, off, as, addrp, len, prot, maxprot, flags, cred);
}
