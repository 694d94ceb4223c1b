/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Quantum cache, depot, reclaim and waiter together, explored exhaustively:
 * three CPUs, three objects of one cached size, magazines of one object, a
 * depot of one magazine.
 *
 * A thread on CPU 0 and one on CPU 1 each ask for an object, with VM_SLEEP or
 * VM_NOSLEEP, and free it. Interrupts free the three objects that were allocated
 * at first, each on any CPU. A third thread does not sleep; or, WITH_SHRINKER,
 * memory is short, or a CPU goes, and the caches are emptied.
 *
 * What each part is about, in ddi_vmem/:
 *	fast_alloc, fast_free	qc_alloc(), qc_free() in cache/magazine.h
 *	locked_alloc		alloc_fast(), vmem_qc_alloc_depot()
 *	locked_free		release(), vmem_qc_free_depot()
 *	close, reclaim		qc_close(), vmem_qc_reclaim()
 *	find			vmem_find(), vmem_find_reclaim() in arena/attempt.c
 *	flush			vmem_qc_flush() in arena/reap.c
 *	wait			vmem_wait(), wait_for_space() in arena/wait.c
 *
 * What a CPU's lock guards is one step here, and so is what vm_lock guards where
 * nobody without that lock can tell; waiter.litmus has the locks themselves.
 *
 * Shown: no request fails while an object is free or cached; no wake-up is
 * lost and nothing deadlocks (every process comes to its end); reclaim ends
 * (no cycle without progress); no object is lost or in two places.
 *
 * Each SABOTAGE_x breaks one thing that the code does for this, and must fail.
 */
#define CPUS	3
#define OBJECTS	3
#define THREADS	2	/* those that may sleep */

bool vm_lock;
byte waiters;
byte reclaiming;
byte space;		/* free objects of the segment layer */
byte depot;		/* full magazines; a CPU adds one at most, who closes it all it has */
byte loaded[CPUS], prev[CPUS];
bool room[CPUS];	/* open */
bool mark[CPUS];	/* in the set of CPUs that are open or hold something */
byte held = OBJECTS;	/* allocated */
bool queued[THREADS], woken[THREADS];
byte ended;

#define lock()		atomic { !vm_lock -> vm_lock = true }
#define unlock()	vm_lock = false
#define CACHED		(depot + loaded[0] + prev[0] + loaded[1] + prev[1] + loaded[2] + prev[2])

/* Called in an atomic step, as all that is under a CPU's lock. */
inline swap(cpu)
{
	tmp = loaded[cpu];
	loaded[cpu] = prev[cpu];
	prev[cpu] = tmp;
	tmp = 0
}

/* Under vm_lock. */
inline wake()
{
	if :: queued[0] -> woken[0] = true :: else fi;
	if :: queued[1] -> woken[1] = true :: else fi
}

inline fast_alloc(cpu)
{
	atomic {
		if :: !loaded[cpu] -> swap(cpu) :: else fi;
		if :: loaded[cpu] -> loaded[cpu]--; held++; got = true :: else fi
	}
}

inline fast_free(cpu)
{
#ifdef SABOTAGE_LOOK_BEFORE_LOCK
	saw = room[cpu];
#endif
	atomic {
		taken = false;
#ifndef SABOTAGE_LOOK_BEFORE_LOCK
		saw = room[cpu];
#endif
		if :: loaded[cpu] && !prev[cpu] -> swap(cpu) :: else fi;
		if
		:: !loaded[cpu] && saw -> loaded[cpu]++; held--; taken = true
		:: else
		fi;
		saw = 0
	}
}

inline locked_alloc(cpu)
{
	atomic {
		!vm_lock ->
		if
		:: depot ->
			if :: !loaded[cpu] -> depot--; loaded[cpu]++; mark[cpu] = true :: else fi;
			loaded[cpu]--; held++; got = true
		:: else ->
			if :: space -> space--; held++; got = true :: else fi
		fi
	}
}

inline locked_free(cpu)
{
	atomic {
		!vm_lock ->
		if
#ifdef SABOTAGE_OPEN_WHILE_WAITING
		:: true ->
#else
		:: !waiters && !reclaiming ->
#endif
			room[cpu] = true;
#ifndef SABOTAGE_OPEN_WITHOUT_MARK
			mark[cpu] = true;
#endif
			if :: prev[cpu] && !depot -> prev[cpu]--; depot++ :: else fi;
			if :: loaded[cpu] && !prev[cpu] -> swap(cpu) :: else fi;
			if
			:: !loaded[cpu] -> loaded[cpu]++; held--; taken = true
			:: else
			fi
		:: else
		fi;
		if
		:: !taken ->
			space++; held--;
#ifndef SABOTAGE_FREE_WITHOUT_WAKEUP
			wake()
#endif
		:: else
		fi
	}
}

inline free(cpu)
{
	fast_free(cpu);
	if :: !taken -> locked_free(cpu) :: else fi;
	taken = false
}

/* Under vm_lock: what one CPU holds goes to the depot. */
inline close(cpu)
{
#ifdef SABOTAGE_CLOSE_WITHOUT_LOCK
	tmp = loaded[cpu] + prev[cpu];
	loaded[cpu] = 0;
	prev[cpu] = 0;
	room[cpu] = false;
	depot = depot + tmp;
	tmp = 0;
#else
	atomic {
		room[cpu] = false;
		depot = depot + loaded[cpu] + prev[cpu];
		loaded[cpu] = 0;
		prev[cpu] = 0
	};
#endif
	mark[cpu] = false
}

/* Under vm_lock. @n says whether there was anything to do. */
inline reclaim()
{
	n = 0;
	do
	:: i < CPUS ->
		if :: mark[i] -> close(i); n = 1 :: else fi;
		i++
	:: else -> i = 0; break
	od;
	atomic {
		if :: depot -> space = space + depot; depot = 0; n = 1 :: else fi
	};
	/* All are empty, at the same time. */
	assert(!(CACHED))
}

/* Under vm_lock, which it may drop. */
inline find()
{
	if
	:: space -> d_step { space--; held++; got = true }
	:: else ->
		reclaiming++;
		do
		:: reclaim();
			if
			:: n ->
				n = 0;
				unlock();
				lock();
				if
				:: space -> d_step { space--; held++; got = true }; break
				:: else
				fi
			:: else ->
				/* Here a request is told that there is nothing. */
				assert(!space);
				break
			fi
		od;
		reclaiming--
	fi
}

inline flush()
{
	reclaiming++;
	do
	:: lock();
		reclaim();
		d_step { if :: n -> wake() :: else fi };
		unlock();
		if :: n -> n = 0 :: else -> break fi
	od;
	reclaiming--
}

inline attempt()
{
	lock();
	find();
	unlock()
}

inline wait(t)
{
	atomic { !vm_lock -> waiters++; queued[t] = true };
	do
	:: woken[t] = false;
#ifdef SABOTAGE_NO_LAST_LOOK
		if :: looked -> attempt() :: else -> looked = true fi;
#else
		attempt();
#endif
		if :: got -> break :: else -> woken[t] fi
	od;
	atomic { !vm_lock -> waiters--; queued[t] = false; woken[t] = false }
}

inline request(cpu)
{
	fast_alloc(cpu);
	if :: !got -> locked_alloc(cpu) :: else fi;
	if :: !got -> attempt() :: else fi
}

proctype thread(byte id)
{
	byte i, n, tmp, saw;
	bool got, taken;
#ifdef SABOTAGE_NO_LAST_LOOK
	bool looked;
#endif

	request(id);
	if
	:: got
	:: !got -> wait(id)
	:: !got
	fi;
	if :: got -> free(id) :: else fi;
progress:
	ended++
}

/* On CPU 2: does not sleep; or empties the caches. */
proctype other()
{
	byte i, n, tmp, saw;
	bool got, taken;

#ifdef WITH_SHRINKER
	flush();
#else
	request(2);
	if :: got -> got = false; free(2) :: else fi;
#endif
progress:
	ended++
}

proctype interrupts()
{
	byte cpu, turn, tmp, saw;
	bool taken;

	do
	:: turn < OBJECTS ->
		if :: cpu = 0 :: cpu = 1 :: cpu = 2 fi;
		free(cpu);
progress:	d_step { cpu = 0; turn++ }
	:: else -> break
	od;
	ended++
}

init {
	atomic {
		run thread(0);
		run thread(1);
		run other();
		run interrupts()
	}
	ended == 4;
	assert(!waiters && !reclaiming && !held && space + (CACHED) == OBJECTS)
}
