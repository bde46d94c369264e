"""The structures that guest and kernel exchange by pointer: one description for Python, the C header and the docs.

Everything is little-endian and aligned as AAPCS32 aligns it. Where a structure has a public name in C (struct timespec)
the guest's headers give it this layout and a static assertion holds them together.
"""

from __future__ import annotations

import struct

from emulator.records import dataclass, field

_FORMATS = {"u32": "I", "i32": "i", "u64": "Q", "i64": "q"}


@dataclass(frozen=True, slots=True)
class Structure:
    """``fields`` are (name, type, meaning), type being u32, i32, u64 or i64. ``c_name`` is the public C type or ''."""

    name: str
    c_name: str
    fields: tuple[tuple[str, str, str], ...]
    size: int = field(init=False, repr=False)
    """sizeof() in bytes, with the padding at the end."""
    _offsets: dict[str, int] = field(init=False, repr=False, default_factory=dict)
    _zeros: dict[str, int] = field(init=False, repr=False, default_factory=dict)
    _codec: struct.Struct = field(init=False, repr=False)

    def __post_init__(self) -> None:
        code, offset, largest = "<", 0, 1
        for name, kind, _ in self.fields:
            width = struct.calcsize(_FORMATS[kind])
            padding = -offset % width
            code += f"{padding}x{_FORMATS[kind]}"
            self._offsets[name] = offset + padding
            self._zeros[name] = 0
            offset += padding + width
            largest = max(largest, width)
        padding = -offset % largest
        object.__setattr__(self, "size", offset + padding)
        object.__setattr__(self, "_codec", struct.Struct(f"{code}{padding}x"))

    def offset(self, name: str) -> int:
        """offsetof() of field ``name`` in bytes."""
        return self._offsets[name]

    def unpack(self, data: bytes) -> dict[str, int]:
        """Return the fields of the structure that ``data`` starts with."""
        return dict(zip(self._offsets, self._codec.unpack_from(data), strict=True))

    def pack(self, **values: int) -> bytes:
        """Return ``size`` bytes with the given fields set and every other byte 0."""
        return self._codec.pack(*(self._zeros | values).values())

    def pack_words(self, *values: int) -> bytes:
        """Return ``size`` bytes with every field set, in their order."""
        return self._codec.pack(*values)


def _words(rows: str) -> tuple[tuple[str, str, str], ...]:
    fields = []
    for row in rows.strip().splitlines():
        kind, name, *meaning = row.strip().split(" ", 2)
        fields.append((name, kind, meaning[0].strip() if meaning else ""))
    return tuple(fields)


CONFIGURATION = Structure(
    "configuration",
    "",
    _words(
        """
        u32 abi_version               ABI_VERSION the guest was built for
        u32 size                      sizeof this structure
        u32 flags                     CONFIG_* bits
        u32 clock_hz                  instructions a second of virtual time
        u32 microseconds_per_tick     CONFIGURE_MICROSECONDS_PER_TICK
        u32 ticks_per_timeslice       CONFIGURE_TICKS_PER_TIMESLICE
        u32 globals_base              first byte of .data; .bss, the heap and the interrupt stack follow
        u32 globals_size              bytes every thread may read and write, up to the arenas
        u32 heap_base                 the part of the globals that malloc hands out
        u32 heap_size                 its bytes
        u32 interrupt_stack_base      the main stack (MSP), part of the globals
        u32 interrupt_stack_size      its bytes
        u32 stack_arena_base          where the kernel allocates stacks; 32-byte aligned, outside the globals
        u32 stack_arena_size          its bytes
        u32 memory_arena_base         where the kernel allocates shared memory objects and anonymous mappings
        u32 memory_arena_size         its bytes
        u32 thread_blocks_base        table of per-thread blocks (newlib's struct _reent first: errno is at offset 0)
        u32 thread_block_size         bytes of one block; the kernel zeroes a new thread's block
        u32 thread_block_count        blocks in the table: no more threads than this
        u32 thread_block_pointer      address of the word that holds the executing thread's block; written on a switch
        u32 tls_size                  bytes of thread-local storage at the top of each stack, 0 for none
        u32 thread_begin              first PC of a thread: r0 entry, r1 argument, r2 THREAD_* kind
        u32 idle_entry                entry of the idle thread (a WFI loop); begun with kind THREAD_IDLE
        u32 timer_server_entry        entry of the timer server task
        u32 signal_entry              PC of a frame that the kernel adds to a thread to run its signal handlers
        u32 fatal_entry               PC for a caller whose call is a fatal error: r0 its source, r1 its code
        u32 cancel_entry              PC of a frame for a thread that is cancelled (r0 is 0) or restarted (1)
        u32 posix_init_entry          POSIX_Init or 0
        u32 posix_init_stack_size
        u32 classic_init_entry        Init or 0
        u32 classic_init_name
        u32 classic_init_stack_size
        u32 classic_init_priority
        u32 classic_init_modes
        u32 classic_init_attributes
        u32 classic_init_argument
        u32 minimum_stack_size        CONFIGURE_MINIMUM_TASK_STACK_SIZE
        u32 minimum_posix_stack_size  CONFIGURE_MINIMUM_POSIX_THREAD_STACK_SIZE
        u32 idle_stack_size
        u32 maximum_files             open descriptors, with stdin, stdout and stderr
        u32 maximum_posix_threads     of each kind of object; OBJECTS_UNLIMITED is a bit in each of them
        u32 maximum_posix_keys
        u32 maximum_posix_key_pairs
        u32 maximum_posix_message_queues
        u32 maximum_posix_semaphores  named ones
        u32 maximum_posix_timers
        u32 maximum_posix_shms
        u32 maximum_posix_queued_signals
        u32 maximum_tasks
        u32 maximum_semaphores
        u32 maximum_message_queues
        u32 maximum_timers
        u32 maximum_barriers
        u32 maximum_regions
        u32 maximum_partitions
        u32 maximum_ports
        u32 maximum_periods
        u32 maximum_priority          CONFIGURE_MAXIMUM_PRIORITY, at most 255
        u32 message_buffer_bytes      CONFIGURE_MESSAGE_BUFFER_MEMORY; all bits set: as much as there is
        u32 maximum_thread_name_size  with the NUL; a longer name is cut
        u32 imfs_block_size           CONFIGURE_IMFS_MEMFILE_BYTES_PER_BLOCK, which says how large a file may be
        """
    ),
)
CONFIG_UNPRIVILEGED = 1
"""``flags``: threads run unprivileged (CONTROL.nPRIV)."""
CONFIG_STACK_CHECKER = 2
"""``flags``: CONFIGURE_STACK_CHECKER_ENABLED."""
CONFIG_FIFOS = 4
"""``flags``: CONFIGURE_IMFS_ENABLE_MKFIFO: there are pipes and FIFOs."""
CONFIG_FACE_TIMERS = 8
"""``flags``: CONFIGURE_POSIX_TIMERS_FACE_BEHAVIOR: no timer on CLOCK_REALTIME."""
CONFIG_POSIX_INIT = 16
"""``flags``: CONFIGURE_POSIX_INIT_THREAD_TABLE: an entry of 0 is an error."""
CONFIG_CONSOLE = 32
"""``flags``: a console is configured, so there must be descriptors for the three standard streams."""
CONFIG_INIT_CONSTRUCTED = 64
"""``flags``: CONFIGURE_INIT_TASK_CONSTRUCT_STORAGE_SIZE: Init was to be constructed, if it cannot be made."""
CONFIG_NO_CLOCK = 128
"""``flags``: CONFIGURE_APPLICATION_DOES_NOT_NEED_CLOCK_DRIVER, or only a timer driver: there are no ticks."""
OBJECTS_UNLIMITED = 0x8000_0000
"""Set in a ``maximum_*``: no limit of the application's own; the kernel's hard limits still hold."""

THREAD_POSIX = 0
THREAD_CLASSIC = 1
THREAD_IDLE = 2
"""``r2`` at thread_begin: when the entry returns, pthread_exit(result), or fatal 0, code 5; idle never returns."""

# The frame that PendSV leaves on a thread's stack, from the saved PSP upwards.
FRAME_R4 = 0
"""r4-r11, eight words."""
FRAME_EXC_RETURN = 32
"""EXC_RETURN: bit 4 clear says that s16-s31 follow and that the hardware frame is the extended one."""
FRAME_SIZE = 36
FRAME_FP_SIZE = 64
"""s16-s31, after EXC_RETURN."""
EXC_RETURN_THREAD_PSP = 0xFFFF_FFFD
EXC_RETURN_BASIC = 1 << 4


def hardware_frame(sp: int, exc_return: int) -> int:
    """Return the address of the stacked r0 (then r1-r3, r12, lr, pc, xPSR) for a saved PSP and its EXC_RETURN."""
    return sp + FRAME_SIZE + (0 if exc_return & EXC_RETURN_BASIC else FRAME_FP_SIZE)


EXCEPTION_FRAME = Structure(
    "exception_frame",
    "CPU_Exception_frame",
    _words(
        "\n".join(f"u32 r{number}" for number in range(13))
        + """
        u32 sp                        before the exception
        u32 lr
        u32 pc
        u32 xpsr
        u32 vector                    exception number: 3 HardFault, 4 MemManage, 5 BusFault, 6 UsageFault
        u32 exc_return
        u32 cfsr
        u32 hfsr
        u32 mmfar
        u32 bfar
        u32 dfsr
        """
    ),
)
FIRST_STACKS = Structure(
    "first_stacks",
    "",
    _words(
        """
        u32 classic                   Init's stack, of the program's allocator
        u32 classic_size              0: it has none, and the kernel allocates one; without a stack: there was no room
        u32 posix                     POSIX_Init's
        u32 posix_size
        u32 free                      who gets it when its thread is gone, 0: nobody
        u32 idle                      the idle thread's stack
        u32 idle_size
        u32 has_pthread_create        it is linked; without it all signals of a new thread are blocked, as on RTEMS
        """
    ),
)
TIMER_CALL = Structure("timer_call", "", _words("u32 routine\nu32 id\nu32 user_data"))
DESTRUCTOR_CALL = Structure("destructor_call", "", _words("u32 routine\nu32 value"))
SIGNAL_CALL = Structure(
    "signal_call",
    "",
    _words(
        """
        u32 handler
        u32 signal                    a Classic signal set when is_classic
        u32 flags                     SA_SIGINFO or 0
        u32 code                      si_code
        u32 value                     si_value
        u32 is_classic                1: an rtems_asr, called with the signal set only
        """
    ),
)
TIMESPEC = Structure("timespec", "struct timespec", _words("i64 tv_sec\ni32 tv_nsec"))
ITIMERSPEC = Structure(
    "itimerspec",
    "struct itimerspec",
    _words("i64 interval_sec\ni32 interval_nsec\ni64 value_sec\ni32 value_nsec"),
)
SCHED_PARAM = Structure(
    "sched_param",
    "struct sched_param",
    _words(
        """
        i32 sched_priority
        i32 sched_ss_low_priority
        i64 repl_period_sec           sched_ss_repl_period
        i64 repl_period_nsec          (tv_nsec and its padding)
        i64 init_budget_sec           sched_ss_init_budget
        i64 init_budget_nsec
        i32 sched_ss_max_repl
        """
    ),
)
THREAD_ATTRIBUTES = Structure(
    "thread_attributes",
    "pthread_attr_t",
    _words(
        """
        i32 is_initialized
        u32 stackaddr                 NULL: the kernel allocates from the stack arena
        u32 stacksize
        u32 guardsize
        i32 contentionscope           PTHREAD_SCOPE_PROCESS 0, SYSTEM 1
        i32 inheritsched              PTHREAD_INHERIT_SCHED 1, EXPLICIT 2
        i32 schedpolicy               SCHED_OTHER 0, FIFO 1, RR 2, SPORADIC 4
        i32 detachstate               PTHREAD_CREATE_DETACHED 0, JOINABLE 1
        i32 sched_priority            schedparam, a struct sched_param, starts here
        i32 sched_ss_low_priority
        i64 repl_period_sec
        i64 repl_period_nsec
        i64 init_budget_sec
        i64 init_budget_nsec
        i32 sched_ss_max_repl
        u32 padding                   of schedparam
        i32 cputime_clock_allowed     nobody asks
        u32 affinitysetsize           4
        u32 affinityset               the address of affinitysetpreallocated
        u32 affinitysetpreallocated   1: there is one processor
        """
    ),
)
MUTEX_ATTRIBUTES = Structure(
    "mutex_attributes",
    "pthread_mutexattr_t",
    _words(
        """
        i32 is_initialized
        i32 process_shared
        i32 prio_ceiling
        i32 protocol                  PTHREAD_PRIO_NONE 0, INHERIT 1, PROTECT 2
        i32 type                      PTHREAD_MUTEX_NORMAL 0, RECURSIVE 1, ERRORCHECK 2, DEFAULT 3
        u32 reserved                  as large as RTEMS's
        """
    ),
)
CONDITION_ATTRIBUTES = Structure(
    "condition_attributes", "pthread_condattr_t", _words("i32 is_initialized\nu32 clock\ni32 process_shared")
)
SHARED_ATTRIBUTES = Structure(
    "shared_attributes",
    "pthread_barrierattr_t",
    _words("i32 is_initialized\ni32 process_shared"),
)
"""Also pthread_rwlockattr_t."""
INITIALIZER_DEFAULT = 0
"""PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_RWLOCK_INITIALIZER in the object's first word."""
INITIALIZER_INHERIT = 0xFFFF_FFFD
INITIALIZER_INHERIT_RECURSIVE = 0xFFFF_FFFC
"""rtems_mutex and rtems_recursive_mutex."""
INITIALIZER_SEMAPHORE = 0xFFFF_FFFB
"""rtems_counting_semaphore and rtems_binary_semaphore."""
INITIALIZER_RECURSIVE = 0xFFFF_FFFE
"""A statically initialised recursive mutex, as newlib's own locks use it."""

MQ_ATTR = Structure("mq_attr", "struct mq_attr", _words("i32 mq_flags\ni32 mq_maxmsg\ni32 mq_msgsize\ni32 mq_curmsgs"))
READ_AGAIN = 4095
"""Not an errno: a read or a write that waited is to be made again."""
DEVICE_CALL = 4094
"""Not an errno: the program itself is to serve the call."""
DIRENT_SIZE = 280
"""Bytes of a struct dirent: what an entry makes a directory longer by."""
NEEDS_ROOM = 4093
"""Not an errno: what the call makes is in the heap on RTEMS. It is to be made again with HAS_ROOM if that has room."""
HAS_ROOM = 0x4000_0000
"""In the flags of open() and the descriptor of write(): the heap has been asked."""
TERMIOS = Structure(
    "termios",
    "struct termios",
    _words(
        "u32 iflag\nu32 oflag\nu32 cflag\nu32 lflag\n"
        + "\n".join(f"u32 cc{at} c_cc[{at}..{at + 3}]" for at in range(0, 20, 4))
        + "\nu32 ispeed\nu32 ospeed"
    ),
)
STAT_RECORD = Structure(
    "stat_record",
    "",
    _words(
        """
        i64 size
        u32 mode                      S_IF* and permission bits
        u32 ino
        u32 nlink
        u32 blksize
        u32 uid
        u32 gid
        i64 atime                     seconds, as the others
        i64 mtime
        i64 ctime
        u32 dev                       of the file system: 1 for the root's, one more for each that is mounted
        u32 rdev_minor                of a device node
        u32 rdev_major
        """
    ),
)
DEVICE_OPENING = Structure(
    "device_opening",
    "",
    _words(
        """
        i64 position
        u32 kind                      DEVICE_*
        u32 first                     a driver's major number, or the address of the handlers
        u32 second                    the minor number, or the context of the node
        u32 flags                     of open()
        u32 serial                    of the opening
        u32 reserved
        """
    ),
)
DEVICE_NONE, DEVICE_DRIVER, DEVICE_HANDLERS = 0, 1, 2
"""Who serves a descriptor: the kernel, a driver by its numbers, or handlers of the program."""
TIME_OF_DAY = Structure(
    "time_of_day",
    "rtems_time_of_day",
    _words("u32 year\nu32 month\nu32 day\nu32 hour\nu32 minute\nu32 second\nu32 ticks"),
)
SIGACTION = Structure("sigaction", "struct sigaction", _words("i32 flags\nu32 mask\nu32 handler"))
SIGINFO = Structure("siginfo", "siginfo_t", _words("i32 si_signo\ni32 si_code\nu32 si_value"))
SIGEVENT = Structure(
    "sigevent",
    "struct sigevent",
    _words(
        """
        i32 sigev_notify              SIGEV_NONE 1, SIGEV_SIGNAL 2, SIGEV_THREAD 3
        i32 sigev_signo
        u32 sigev_value
        u32 sigev_notify_function
        u32 sigev_notify_attributes
        """
    ),
)

TASK_CONFIG = Structure(
    "task_config",
    "rtems_task_config",
    _words(
        """
        u32 name
        u32 initial_priority
        u32 storage_area              the stack, and above it the thread-local storage
        u32 storage_size
        u32 maximum_tls_size          maximum_thread_local_storage_size
        u32 storage_free              called with the storage area once the task is gone; NULL: nothing is called
        u32 initial_modes
        u32 attributes
        """
    ),
)
THREAD_RECORD = Structure(
    "thread_record",
    "",
    _words(
        """
        u32 id
        u32 name
        u32 stack_base
        u32 stack_size
        u32 sp                        saved stack pointer; of the executing thread 0
        u32 control                   its Thread_Control
        i64 used_ns                   what it executed since the start
        i64 executed_ns               the same since the last reset of the CPU usage
        i64 total_ns                  what has passed since then
        u32 priority                  RTEMS's, effective
        u32 stack_used                by what its fill shows; without CONFIGURE_STACK_CHECKER_ENABLED UINT32_MAX
        """
    ),
)
ZOMBIE = Structure("zombie", "", _words("u32 id\nu32 name\nu32 storage_free\nu32 storage_area"))
CLASS_INFORMATION = Structure(
    "class_information",
    "rtems_object_api_class_information",
    _words("u32 minimum_id\nu32 maximum_id\nu32 maximum\nu32 auto_extend a bool\nu32 unallocated"),
)
TIMER_INFORMATION = Structure(
    "timer_information",
    "rtems_timer_information",
    _words("u32 the_class a Timer_Classes\nu32 initial\nu32 start_time\nu32 stop_time"),
)
PERIOD_STATUS = Structure(
    "period_status",
    "rtems_rate_monotonic_period_status",
    _words(
        """
        u32 owner
        u32 state                     RATE_MONOTONIC_INACTIVE 0, ACTIVE 1, EXPIRED 2
        i64 since_last_sec            since_last_period
        i64 since_last_nsec           (tv_nsec and its padding)
        i64 executed_sec              executed_since_last_period
        i64 executed_nsec
        u32 postponed_jobs_count
        """
    ),
)
PERIOD_STATISTICS = Structure(
    "period_statistics",
    "rtems_rate_monotonic_period_statistics",
    _words(
        "u32 count\nu32 missed_count\n"
        + "\n".join(
            f"i64 {which}_{kind}_{part} {which}_{kind}_time" if part == "sec" else f"i64 {which}_{kind}_{part}"
            for kind in ("cpu", "wall")
            for which in ("min", "max", "total")
            for part in ("sec", "nsec")
        )
    ),
)
HEAP_INFORMATION = Structure(
    "heap_information",
    "Heap_Information_block",
    _words(
        "\n".join(f"u32 {kind}_{part}" for kind in ("free", "used") for part in ("number", "largest", "total"))
        + """
        u64 lifetime_allocated
        u64 lifetime_freed
        u32 size
        u32 free_size
        u32 min_free_size
        u32 free_blocks
        u32 max_free_blocks
        u32 used_blocks
        u32 max_search
        u32 searches
        u32 allocs
        u32 failed_allocs
        u32 frees
        u32 resizes
        """
    ),
)
RESOURCES = Structure(
    "resources",
    "",
    _words(
        """
        u32 tasks                     objects in use, of each class
        u32 timers
        u32 semaphores
        u32 message_queues
        u32 partitions
        u32 regions
        u32 ports
        u32 periods
        u32 barriers
        u32 posix_threads
        u32 posix_keys
        u32 posix_message_queues
        u32 posix_semaphores
        u32 posix_timers
        u32 posix_key_value_pairs
        u32 open_files
        """
    ),
)
THREAD_CONTROL = Structure(
    "thread_control", "Thread_Control", _words("u32 id\nu32 name\nu32 thread_pointer __aeabi_read_tp()\nu32 is_fp")
)
"""The last bytes of each per-thread block: what an application may see of a thread."""

STRUCTURES = (
    CONFIGURATION,
    EXCEPTION_FRAME,
    FIRST_STACKS,
    TIMER_CALL,
    DESTRUCTOR_CALL,
    SIGNAL_CALL,
    TIMESPEC,
    ITIMERSPEC,
    SCHED_PARAM,
    THREAD_ATTRIBUTES,
    MUTEX_ATTRIBUTES,
    CONDITION_ATTRIBUTES,
    SHARED_ATTRIBUTES,
    MQ_ATTR,
    STAT_RECORD,
    DEVICE_OPENING,
    TERMIOS,
    TIME_OF_DAY,
    SIGACTION,
    SIGINFO,
    SIGEVENT,
    TASK_CONFIG,
    THREAD_RECORD,
    ZOMBIE,
    CLASS_INFORMATION,
    TIMER_INFORMATION,
    PERIOD_STATUS,
    PERIOD_STATISTICS,
    HEAP_INFORMATION,
    RESOURCES,
    THREAD_CONTROL,
)
