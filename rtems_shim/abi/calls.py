"""The trap ABI: the calls with their numbers and arguments. The rest (stubs.py) is generated from them.

A guest stub puts the call's number in r12 and executes ``svc #TRAP_SVC``. Arguments are where the procedure call
standard (AAPCS32) put them for the C prototype: r0-r3, then the caller's stack. The result comes back in r0. The call
never touches r4-r11 or the FP registers.

A row is written ``name(argument letter, ...) result``. Argument letters: ``i`` signed word, ``u`` unsigned word,
``p`` pointer into guest memory (0 is NULL), ``s`` pointer to a NUL-terminated string, ``l`` a 64-bit value (an aligned
pair: an even register or 8-byte-aligned stack slot).

Result letters: ``i`` a word returned as it is (an RTEMS status, an error number, a value); ``e`` a word in which the
kernel answers an error as -errno (-4095..-1), which the stub turns into errno and -1; ``v`` nothing; ``n`` does not
return.

A call that blocks leaves r0 to the kernel: it marks the thread blocked and pends PendSV, which is taken right after
the SVC instruction (a call that blocks is illegal while BASEPRI masks PendSV), and it stores the result as r0 of the
frame that PendSV pushed.

The structures that travel by pointer are in layouts.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.records import dataclass

TRAP_SVC = 0x52
"""The SVC immediate of every trap. Not 0, which real RTEMS uses itself."""


@dataclass(frozen=True, slots=True)
class Call:
    """One trap: ``number`` in r12, the C ``name`` of its stub, its argument letters and its result letter.

    ``parameters`` names the arguments. A ``wrapped`` call is private: its stub is called ``rtems_shim_<name>`` because
    a C wrapper in guest/ has the public name. ``note`` says what the public documentation of the name does not.
    """

    number: int
    name: str
    arguments: str
    result: str
    parameters: tuple[str, ...] = ()
    wrapped: bool = False
    note: str = ""

    @property
    def stub(self) -> str:
        """The symbol of the guest stub."""
        return f"rtems_shim_{self.name}" if self.wrapped else self.name


@dataclass(frozen=True, slots=True)
class Group:
    """Calls of one kind: they are numbered upwards from ``base``. New rows go to a group's end."""

    title: str
    base: int
    rows: str


GROUPS = (
    Group(
        "Machine and start",
        0x000,
        """
        * boot(config p, stacks p) i  -- Thread mode, MSP: read the table, create the first threads; 0 or a fatal code
        * start() n                   -- after SysTick runs: pend PendSV, which switches to the first thread
        * switch(sp u) i              -- PendSV: saved PSP of the outgoing thread (0: none) -> saved PSP of the heir
        * tick() v                    -- SysTick: one clock tick
        * timer_next(call p) i        -- after tick or a set clock: 1 and a timer_call stored when a routine is due
        * fatal(source u, is_internal u, code u) n -- 5: exit(code); 9: code points at an exception_frame
        * console_write(buffer p, size u) v
        * key_destructor_next(call p) i -- in an ending thread: 1 and a destructor_call stored while any is due
        * thread_exit(value p) n      -- the calling POSIX or Classic thread ends
        * signal_next(call p) i       -- in signal_entry: 1 and a signal_call stored for the next deliverable signal
        * signal_return() n           -- drops the frame that the kernel put on the stack to run signal_entry
        * console_getchar() i         -- the next byte of the console's input, -1: there is none
        * thread_restart() n          -- in cancel_entry: the cleanup handlers have run, the task begins again
        * task_exit() n               -- the calling thread ends, and nobody joins it
        """,
    ),
    Group(
        "Threads",
        0x020,
        """
        * pthread_create(id p, attributes p, entry p, argument p) i -- attributes: NULL or a thread_attributes
        pthread_join(id u, value p) i
        pthread_detach(id u) i
        pthread_self() i
        sched_yield() e
        pthread_getschedparam(id u, policy p, parameters p) i
        pthread_setschedparam(id u, policy i, parameters p) i
        pthread_setschedprio(id u, priority i) i
        pthread_setname_np(id u, name s) i
        pthread_getname_np(id u, name p, size u) i
        pthread_getattr_np(id u, attributes p) i -- fills a thread_attributes with the stack base and size in use
        pthread_cancel(id u) i
        pthread_setcancelstate(state i, old p) i
        pthread_setcanceltype(type i, old p) i
        pthread_testcancel() v
        pthread_key_create(key p, destructor p) i
        pthread_key_delete(key u) i
        pthread_setspecific(key u, value p) i
        pthread_getspecific(key u) i
        * sched_rr_get_interval(interval p) e
        pthread_getcpuclockid(id u, clock p) e
        * pthread_make(id p, attributes p, entry p, argument p) i -- pthread_create without the start
        """,
    ),
    Group(
        "POSIX synchronisation",
        0x040,
        """
        pthread_mutex_init(mutex p, attributes p) i
        pthread_mutex_destroy(mutex p) i
        pthread_mutex_lock(mutex p) i
        pthread_mutex_trylock(mutex p) i
        pthread_mutex_timedlock(mutex p, deadline p) i
        pthread_mutex_unlock(mutex p) i
        pthread_mutex_getprioceiling(mutex p, ceiling p) i
        pthread_mutex_setprioceiling(mutex p, ceiling i, old p) i
        pthread_cond_init(condition p, attributes p) i
        pthread_cond_destroy(condition p) i
        pthread_cond_wait(condition p, mutex p) i
        pthread_cond_timedwait(condition p, mutex p, deadline p) i
        pthread_cond_signal(condition p) i
        pthread_cond_broadcast(condition p) i
        sem_init(semaphore p, shared i, value u) e
        sem_destroy(semaphore p) e
        * sem_open(semaphore p, name s, flags i, mode u, value u) e -- stores the address of the sem_t
        sem_close(semaphore p) e
        sem_unlink(name s) e
        sem_wait(semaphore p) e
        sem_trywait(semaphore p) e
        sem_timedwait(semaphore p, deadline p) e
        sem_post(semaphore p) e
        sem_getvalue(semaphore p, value p) e
        pthread_barrier_init(barrier p, attributes p, count u) i
        pthread_barrier_destroy(barrier p) i
        pthread_barrier_wait(barrier p) i
        pthread_rwlock_init(rwlock p, attributes p) i
        pthread_rwlock_destroy(rwlock p) i
        pthread_rwlock_rdlock(rwlock p) i
        pthread_rwlock_tryrdlock(rwlock p) i
        pthread_rwlock_timedrdlock(rwlock p, deadline p) i
        pthread_rwlock_wrlock(rwlock p) i
        pthread_rwlock_trywrlock(rwlock p) i
        pthread_rwlock_timedwrlock(rwlock p, deadline p) i
        pthread_rwlock_unlock(rwlock p) i
        sem_clockwait(semaphore p, clock i, deadline p) e
        """,
    ),
    Group(
        "Time",
        0x070,
        """
        nanosleep(requested p, remaining p) e
        clock_nanosleep(clock i, flags i, requested p, remaining p) i
        clock_gettime(clock i, time p) e
        * clock_settime(clock i, time p) e
        clock_getres(clock i, resolution p) e
        timer_create(clock i, event p, timer p) e
        timer_delete(timer u) e
        timer_settime(timer u, flags i, value p, old p) e
        timer_gettime(timer u, value p) e
        timer_getoverrun(timer u) e
        * adjtime(delta l, sets i, left p) v -- moves the time of day by so many us, slowly; stores what was left
        """,
    ),
    Group(
        "POSIX message queues",
        0x080,
        """
        * mq_open(name s, flags i, mode u, attributes p) e -- attributes: NULL or a struct mq_attr
        mq_close(queue u) e
        mq_unlink(name s) e
        * mq_send(queue u, message p, length u, priority u, deadline p) e -- deadline: NULL waits for ever
        * mq_receive(queue u, buffer p, length u, priority p, deadline p, length_out p) e -- length_out: wrapper's local
        mq_getattr(queue u, attributes p) e
        mq_setattr(queue u, attributes p, old p) e
        mq_notify(queue u, event p) e
        """,
    ),
    Group(
        "Memory and files",
        0x090,
        """
        shm_open(name s, flags i, mode u) e
        shm_unlink(name s) e
        ftruncate(fd i, length l) e
        mmap(address p, length u, protection i, flags i, fd i, offset l) e -- MAP_FAILED is the -1 of a refusal
        munmap(address p, length u) e
        mprotect(address p, length u, protection i) e
        msync(address p, length u, flags i) e
        * close(fd i) e
        * fstat(fd i, record p) e     -- fills a stat_record
        * open(path s, flags i, mode u) e -- NEEDS_ROOM: call again with HAS_ROOM in flags
        * read(fd i, buffer p, size u) e -- READ_AGAIN, an error that the wrapper sees: it waited for input; call again
        * write(fd i, buffer p, size u) e -- READ_AGAIN as with read; NEEDS_ROOM: call again with HAS_ROOM in fd
        * lseek(position p, fd i, offset l, whence i) e -- stores the new position, 64 bits
        * ioctl(fd i, command u, argument p) e
        * fcntl(fd i, command i, argument u) e
        umask(mask u) i
        unlink(path s) e
        * mkdir(path s, mode u) e
        rmdir(path s) e
        * stat(path s, record p) e    -- fills a stat_record
        * symlink(target s, path s) e
        * dup(fd i) e
        * isatty(fd i) e             -- 1, or why it is not one
        mlock(address p, length u) e
        munlock(address p, length u) e
        rtems_unshare_stack(target u, owner u) i -- takes target's share of owner's stack away; an rtems_status_code
        rtems_stack_release(address p) i -- 0: an ended thread's stack is plain memory now; EINVAL: none
        * mknod(path s, mode u) e     -- a regular file or a FIFO
        * rename(old_path s, new_path s) e
        * link(old_path s, new_path s) e
        * lstat(path s, record p) e   -- fills a stat_record
        readlink(path s, buffer p, size u) e
        chmod(path s, mode u) e
        fchmod(fd i, mode u) e
        chdir(path s) e
        fchdir(fd i) e
        * getcwd(buffer p, size u) e  -- the length of the path
        * readdir(fd i, entry p) e    -- 1 and a number, a kind (S_IF*) and a name stored; 0: there are no more
        * seekdir(fd i, position i) e -- to an entry of a directory; -1 only asks which is next
        * dup2(fd i, wanted i) e
        * pipe(descriptors p) e
        * chown(path s, user u, group u, follow i) e -- follow: the file behind a link
        fchown(fd i, user u, group u) e
        * set_times(path s, fd i, follow i, times p) e -- path: NULL for fd; times: NULL or two timespecs
        * mount(target s, writable i) e -- an empty file system in the place of a directory
        unmount(target s) e
        * chroot(path s) e
        * set_identity(user u, group u) v
        """,
    ),
    Group(
        "Signals",
        0x0C0,
        """
        sigaction(signal i, action p, old p) e
        pthread_sigmask(how i, set p, old p) e
        sigpending(set p) e
        sigsuspend(mask p) e
        * sigtimedwait(set p, info p, timeout p) e -- the signal; info: NULL or a siginfo
        pthread_kill(id u, signal i) i
        kill(process i, signal i) e
        sigqueue(process i, signal i, value p) e
        alarm(seconds u) i
        pause() e
        ualarm(microseconds u, interval u) i
        """,
    ),
    Group(
        "Classic tasks, clock and objects",
        0x0D0,
        """
        * rtems_task_create(name u, priority u, stack_size u, modes u, attributes u, id p) i
        * rtems_task_start(id u, entry p, argument u) i
        rtems_task_restart(id u, argument u) i
        * rtems_task_delete(id u) i   -- another task than the caller
        rtems_task_ident(name u, node u, id p) i
        rtems_task_self() i
        rtems_task_suspend(id u) i
        rtems_task_is_suspended(id u) i
        rtems_task_resume(id u) i
        rtems_task_set_priority(id u, priority u, old p) i
        rtems_task_get_priority(id u, scheduler u, priority p) i
        rtems_task_mode(modes u, mask u, old p) i
        rtems_task_wake_after(ticks u) i
        rtems_task_wake_when(time p) i -- time: a time_of_day
        rtems_clock_get_ticks_per_second() i
        * rtems_clock_get_ticks_since_boot() i
        * rtems_clock_set(time p) i
        rtems_clock_get_tod(time p) i
        rtems_clock_tick() i
        rtems_object_set_name(id u, name s) i
        rtems_object_get_name(id u, size u, name p) i -- name, or NULL
        rtems_object_get_classic_name(id u, name p) i
        rtems_object_get_class_information(api i, class_number i, information p) i
        * thread_get(id u, record p) i -- fills a thread_record of the first thread whose id is larger; 0: there is none
        * rtems_task_construct(config p, id p) i -- config: a task_config
        * cpu_usage_reset() v
        * resources_get(record p) v   -- fills a resources
        * zombie_next(record p) i     -- 1 and a zombie stored: the first thread that is gone and not told of yet
        * control_of(id u) i          -- the address of a thread's Thread_Control, 0: no such thread
        * thread_unmake(id u) v       -- a thread that was made and not started: an extension refuses it
        * thread_launch(id u) v       -- a thread that pthread_make has made begins
        * thread_storage(id u, area p, free p) v -- a thread that was made: free(area) is to be called once it is gone
        rtems_task_set_scheduler(id u, scheduler u, priority u) i
        * ticks_kept_at(word p) v     -- the ticks since boot are stored there at each tick; the first word that asks
        """,
    ),
    Group(
        "Classic semaphores, queues and events",
        0x100,
        """
        rtems_semaphore_create(name u, count u, attributes u, ceiling u, id p) i
        rtems_semaphore_delete(id u) i
        rtems_semaphore_ident(name u, node u, id p) i
        rtems_semaphore_obtain(id u, options u, timeout u) i
        rtems_semaphore_release(id u) i
        rtems_semaphore_flush(id u) i
        rtems_semaphore_set_priority(id u, scheduler u, priority u, old p) i
        rtems_message_queue_create(name u, count u, size u, attributes u, id p) i
        rtems_message_queue_delete(id u) i
        rtems_message_queue_ident(name u, node u, id p) i
        rtems_message_queue_send(id u, buffer p, size u) i
        rtems_message_queue_urgent(id u, buffer p, size u) i
        rtems_message_queue_broadcast(id u, buffer p, size u, count p) i
        rtems_message_queue_receive(id u, buffer p, size p, options u, timeout u) i
        rtems_message_queue_get_number_pending(id u, count p) i
        rtems_message_queue_flush(id u, count p) i
        rtems_event_send(id u, events u) i
        rtems_event_receive(events u, options u, timeout u, received p) i
        rtems_event_system_send(id u, events u) i
        rtems_event_system_receive(events u, options u, timeout u, received p) i
        rtems_barrier_create(name u, attributes u, maximum u, id p) i
        rtems_barrier_delete(id u) i
        rtems_barrier_ident(name u, id p) i
        rtems_barrier_wait(id u, timeout u) i
        rtems_barrier_release(id u, released p) i
        * queue_construct(name u, count u, size u, attributes u, id p) i -- rtems_message_queue_create, memory aside
        rtems_barrier_get_number_waiting(id u, count p) i
        """,
    ),
    Group(
        "Classic timers, memory and signals",
        0x130,
        """
        rtems_timer_create(name u, id p) i
        rtems_timer_delete(id u) i
        rtems_timer_ident(name u, id p) i
        rtems_timer_cancel(id u) i
        rtems_timer_fire_after(id u, ticks u, routine p, user_data p) i
        rtems_timer_fire_when(id u, time p, routine p, user_data p) i
        rtems_timer_reset(id u) i
        rtems_timer_initiate_server(priority u, stack_size u, attributes u) i -- a task that runs timer_server_entry
        rtems_timer_server_fire_after(id u, ticks u, routine p, user_data p) i
        rtems_timer_server_fire_when(id u, time p, routine p, user_data p) i
        * timer_server_next(call p) v -- the timer server: blocks until a routine is due, stores its timer_call
        rtems_region_create(name u, start p, length u, page u, attributes u, id p) i
        rtems_region_delete(id u) i
        rtems_region_ident(name u, id p) i
        rtems_region_extend(id u, start p, length u) i
        rtems_region_get_segment(id u, size u, options u, timeout u, segment p) i
        rtems_region_return_segment(id u, segment p) i
        rtems_region_get_segment_size(id u, segment p, size p) i
        rtems_region_resize_segment(id u, segment p, size u, old p) i
        rtems_partition_create(name u, start p, length u, buffer_size u, attributes u, id p) i
        rtems_partition_delete(id u) i
        rtems_partition_ident(name u, node u, id p) i
        rtems_partition_get_buffer(id u, buffer p) i
        rtems_partition_return_buffer(id u, buffer p) i
        rtems_rate_monotonic_create(name u, id p) i
        rtems_rate_monotonic_delete(id u) i
        rtems_rate_monotonic_ident(name u, id p) i
        rtems_rate_monotonic_cancel(id u) i
        rtems_rate_monotonic_period(id u, length u) i
        rtems_signal_catch(handler p, modes u) i
        rtems_signal_send(id u, signals u) i
        rtems_timer_get_information(id u, information p) i
        rtems_rate_monotonic_get_status(id u, status p) i
        rtems_rate_monotonic_get_statistics(id u, statistics p) i
        rtems_rate_monotonic_reset_statistics(id u) i
        rtems_rate_monotonic_reset_all_statistics() v
        rtems_region_get_information(id u, information p) i
        rtems_region_get_free_information(id u, information p) i
        rtems_port_create(name u, internal p, external p, length u, id p) i
        rtems_port_delete(id u) i
        rtems_port_ident(name u, id p) i
        rtems_port_external_to_internal(id u, external p, internal p) i
        rtems_port_internal_to_external(id u, internal p, external p) i
        * workspace_take(size u) i    -- a block of the workspace: where it is, 0 where there is no room
        * workspace_give(address u) v
        * workspace_greedy(sizes p, count u) i -- everything but blocks of these sizes: the number of the allocation
        * workspace_greedy_largest(size p) i -- everything but the largest free block, whose size is stored
        * workspace_greedy_free(number u) v
        * workspace_information(information p) v
        """,
    ),
    Group(
        "More of files",
        0x180,
        """
        * leave_root() v              -- undoes chroot
        * device_node(path s, mode u, kind u, first u, second u, memory p, size u) e -- memory: of shared mappings
        * device_of(fd i, record p) v -- fills a device_opening
        * device_moved(fd i, count u) v -- a driver has moved so many bytes
        * heap_is_short() v           -- malloc() has failed: what makes files asks for room from now on
        """,
    ),
)


def _call(number: int, row: str) -> Call:
    head, _, note = row.partition(" -- ")
    name, _, rest = head.partition("(")
    arguments, _, result = rest.rstrip().partition(") ")
    plain_name = name.removeprefix("* ")
    if not plain_name.isidentifier() or result not in tuple("ievn"):
        raise ValueError(f"a row of a group of calls must be 'name(argument letter, ...) result', not {row!r}")
    pairs = [pair.split(" ") for pair in arguments.split(", ") if pair]
    return Call(
        number=number,
        name=plain_name,
        arguments="".join(letter for _, letter in pairs),
        result=result,
        parameters=tuple(name for name, _ in pairs),
        wrapped=name != plain_name,
        note=note,
    )


def group_calls(group: Group) -> Iterator[Call]:
    """Yield the calls of ``group`` in the order of their numbers."""
    rows = [row.strip() for row in group.rows.strip().splitlines()]
    return (_call(group.base + index, row) for index, row in enumerate(rows))


CALLS: tuple[Call, ...] = tuple(call for group in GROUPS for call in group_calls(group))
CALL_BY_NUMBER: dict[int, Call] = {call.number: call for call in CALLS}
CALL_BY_NAME: dict[str, Call] = {call.name: call for call in CALLS}
