/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * headers.h - snippets as ported drivers have them, for the compiler to read
 *
 * make lint builds them against the public headers alone, with -Wall -Wextra and
 * the flags of ddi.mk, for a test kernel and for a stock one. Nothing runs them.
 */
#ifndef _DDI_HEADERS_H
#define _DDI_HEADERS_H

struct as;
struct xx_state;

void use_rmalloc(void);
void use_rmallocmap(void);
void use_vmem(void);
void use_umem(void);
int use_umem_lock(caddr_t addr, size_t len, unsigned long dev);
int use_lockmemory(caddr_t addr, size_t len, void **cookiep);
int use_buf(void *private);
int use_devmap(unsigned long dev, void *dhp, offset_t off, size_t len, size_t *maplen,
	       uint_t model);
int use_devmem(unsigned long dev, void *dhp, offset_t off, size_t len, size_t *maplen,
	       uint_t model);
int use_ctxmgt(void *dhp, void *pvtp, offset_t off, size_t len, uint_t type, uint_t rw);
int use_segmap(unsigned long dev, off_t off, struct as *as, caddr_t *addrp, off_t len,
	       uint_t prot, uint_t maxprot, uint_t flags, cred_t *cred);
int use_types(const struct xx_state *xp);
void use_cmn_err(void);

#endif /* _DDI_HEADERS_H */
