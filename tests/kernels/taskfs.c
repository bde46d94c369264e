/*
 * An RTEMS of three threads, Init, 0x01 and 0x02, that switches in Thread mode, with POSIX's calls for shared memory of
 * its own: those that are not for /taskfs/ reach them, and they answer 70 and more. What the program does is in PART.
 */
#include "console.h"
#include "ports.h"
#include "rtems_types.h"

#define O_RDWR 2
#define O_CREAT 0x200
#define SHARED 1
#define SIZE 1024
#define STRING(x) #x
#define TEXT(x) STRING(x)

struct { Per_CPU_Control per_cpu; } _Per_CPU_Information[1];
uint32_t _System_state_Current;
const char _Thread_queue_Object_name[] = "";
static Thread_Control blocks[3];
static Objects_Control *posix[4], *shms[3];
Thread_Information _POSIX_Threads_Information = { .Objects = { .maximum_id = 0x0B010003, .local_table = posix } };
Objects_Information _POSIX_Shm_Information = { .maximum_id = 0x33010002, .local_table = shms };
typedef struct { uint32_t flags, offset[5]; } rtems_libio_t;
rtems_libio_t rtems_libio_iops[5] = { { .flags = 0x100 }, { .flags = 0x100 }, { .flags = 0x100 }, { .flags = 1 }, { .flags = 1 } };
const uint32_t rtems_libio_number_iops = 5;
uint8_t stacks[3][SIZE] __attribute__((aligned(1024)));
static volatile int numbers[3]; /* of errno, for each thread */
static volatile uint32_t reached;

static Thread_Control *self(void) { return _Per_CPU_Information[0].per_cpu.executing; }

__attribute__((noinline)) void _Objects_Free_nothing(void *ptr) { (void)ptr; }
__attribute__((noinline)) int *__errno(void) { return (int *)&numbers[self() - blocks]; }
__attribute__((noinline)) int shm_open(const char *name, int flags, uint32_t mode) { (void)name, (void)flags, (void)mode; reached++; return 70; }
__attribute__((noinline)) int shm_unlink(const char *name) { (void)name; reached++; return 71; }
__attribute__((noinline)) int ftruncate(int fd, int64_t length) { (void)fd, (void)length; reached++; return 72; }
__attribute__((noinline)) void *mmap(void *addr, size_t length, int prot, int flags, int fd, int64_t offset)
{
    (void)addr, (void)length, (void)prot, (void)flags, (void)fd, (void)offset;
    reached++;
    return (void *)73;
}
__attribute__((noinline)) int munmap(void *addr, size_t length) { (void)addr, (void)length; reached++; return 74; }
__attribute__((noinline)) int close(int fd) { (void)fd; reached++; return 75; }
__attribute__((noinline)) void _Heap_Free(volatile uint32_t *block) { block[0] = 1; }
__attribute__((noinline)) void _User_extensions_Iterate(volatile uint32_t *place) { place[0] = place[0] + 1; }

__attribute__((noinline)) void _Thread_Do_dispatch(Per_CPU_Control *cpu, uint32_t level)
{
    (void)level;
    Thread_Control *executing = cpu->executing;
    cpu->executing = cpu->heir;
    _CPU_Context_switch(&executing->Registers, &cpu->heir->Registers);
}

static void go_to(unsigned number)
{
    _Per_CPU_Information[0].per_cpu.heir = &blocks[number];
    _Thread_Do_dispatch(&_Per_CPU_Information[0].per_cpu, 1);
}

static void create(unsigned number, uint32_t name, void (*run)(void), void (*freed)(void *))
{
    Thread_Control *thread = &blocks[number];
    thread->Object.id = 0x0B010001 + number;
    thread->Object.name.name_u32 = name;
    thread->current_state = 0;
    thread->Real_priority.priority = 2 * number + 1;
    thread->Start.Entry.Kinds.Pointer.entry = run;
    thread->Start.stack_free = freed;
    thread->Start.Initial_stack.size = SIZE;
    thread->Start.Initial_stack.area = stacks[number];
    thread->Registers.register_lr = (void *)((uint32_t)run | 1);
    thread->Registers.register_sp = stacks[number] + SIZE;
    posix[number] = &thread->Object;
    _POSIX_Threads_Information.Objects.Inactive.Head.Node.next = (void *)(number + 1);
}

/* The thread is a zombie until Init gives its block back. */
static void end_here(void)
{
    self()->current_state = 0x40000000;
    go_to(0);
}

static void bury(unsigned number)
{
    posix[number] = NULL;
    _POSIX_Threads_Information.Objects.Inactive.Tail.Node.previous = &blocks[number].Object.Node;
}

static void say(const char *what, int result)
{
    int *number = (int *)&numbers[self() - blocks];
    print("%s %d %d\n", what, result, result < 0 ? *number : 0);
    *number = 0;
}

static void touch(unsigned number) { *(volatile uint32_t *)stacks[number] = 1; }

/* For whom, by whose stack: the descriptor, which is closed again where the mapping is there. */
static int share(const char *name, void *target, int prot)
{
    int fd = shm_open(name, O_CREAT | O_RDWR, 0600);
    if (fd < 0 || ftruncate(fd, SIZE))
        return -1;
    int result = (int)mmap(target, SIZE, prot, SHARED, fd, 0);
    return close(fd) || result == -1 ? -1 : 0;
}

static void twice(void)
{
    touch(1);
    go_to(0);
    for (;;)
        end_here();
}

static void once(void)
{
    for (;;)
        end_here();
}

static void returns(void)
{
    go_to(2); /* 0x02's stack is shared with it */
    for (;;)
        end_here();
}

static void errors(void)
{
    int fd, other;
    say("missing", shm_open("/taskfs/0x01", O_RDWR, 0));
    say("write only", shm_open("/taskfs/0x01", 1, 0));
    fd = shm_open("/taskfs/0x01", O_CREAT | O_RDWR, 0600);
    say("fd", fd);
    say("exclusive", shm_open("/taskfs/0x01", O_CREAT | 0x800 | O_RDWR, 0600));
    other = shm_open("/taskfs/none", O_CREAT | O_RDWR, 0600);
    say("fd", other);
    say("third fd", shm_open("/taskfs/0x02", O_CREAT | O_RDWR, 0600));
    say("no thread", ftruncate(other, SIZE));
    say("close", close(other));
    say("third object", shm_open("/taskfs/0x02", O_CREAT | O_RDWR, 0600));
    say("unlink", shm_unlink("/taskfs/none"));
    say("unlink again", shm_unlink("/taskfs/none"));
    say("before its size", (int)mmap(NULL, SIZE, 1, SHARED, fd, 0));
    say("length", ftruncate(fd, SIZE / 2));
    say("negative", ftruncate(fd, -(1LL << 32)));
    say("size", ftruncate(fd, SIZE));
    say("no stack", (int)mmap(stacks[2] + 4, SIZE, 1, SHARED, fd, 0));
    say("no rights", (int)mmap(stacks[2], SIZE, 0, SHARED, fd, 0));
    say("offset", (int)mmap(stacks[2], SIZE, 1, SHARED, fd, 1LL << 32));
    say("private", (int)mmap(stacks[2], SIZE, 1, 2, fd, 0));
    say("shared", mmap(NULL, SIZE, 3, SHARED, fd, 0) == stacks[1]);
    touch(1);
    say("munmap", munmap(stacks[1], SIZE));
    say("close", close(fd));
    reached = 0;
    say("close again", close(fd));
    say("other name", shm_open("/taskf", O_CREAT | O_RDWR, 0600));
    say("other size", ftruncate(70, 1));
    say("other map", (int)mmap(NULL, 1, 1, SHARED, 70, 0));
    say("other munmap", munmap(stacks[1], SIZE));
    say("other unlink", shm_unlink("taskfs/0x01"));
    say("reached", reached);
}

static void init(void)
{
    const int is_twice = TEXT(PART)[0] == 't', is_back = TEXT(PART)[0] == 'b';
    create(1, 0x30783031, is_back ? returns : once, _Objects_Free_nothing);
    create(2, 0x30783032, is_twice ? twice : is_back ? twice : once, TEXT(PART)[0] == 'k' ? NULL : _Objects_Free_nothing);
    switch (TEXT(PART)[0]) {
    case 'e': /* errors */
        errors();
        break;
    case 's': /* sharing: as the sample, and only for the one that it is for */
        say("share", share("/taskfs/0x01", stacks[2], 3));
        blocks[2].Registers.register_lr = (void *)((uint32_t)twice | 1);
        go_to(2);
        say("0x02 may", 1);
        touch(1);
        break;
    case 'r': /* read-only */
        say("share", share("/taskfs/0x01", NULL, 1));
        say("read", *(volatile int *)stacks[1]);
        touch(1);
        break;
    case 't': /* twice: without a share, the same fault in 0x02 */
        go_to(2);
        break;
    case 'b': /* back: 0x01 may use the stack of 0x02, which may not use that of 0x01 */
        say("share", share("/taskfs/0x02", stacks[1], 3));
        go_to(1);
        break;
    case 'i': /* isolation: as the sample, where 0x01 has ended */
        go_to(1);
        bury(1);
        say("ended", 1);
        touch(1);
        break;
    case 'd': /* dead: the share ends with its owner, whose block is not given back yet */
        say("share", share("/taskfs/0x01", NULL, 3));
        touch(1);
        go_to(1);
        say("ended", 1);
        touch(1);
        break;
    case 'k': /* kernel's: a stack that the kernel takes back is memory again */
        go_to(2);
        bury(2);
        touch(2);
        say("taken back", 1);
        break;
    case 'h': /* heap: so is one that the program gives back */
        go_to(1);
        bury(1);
        _Heap_Free((uint32_t *)stacks[1]);
        touch(1);
        say("given back", 1);
        break;
    case 'w': /* walk: what RTEMS links on stacks is its own */
        go_to(1);
        go_to(2);
        _User_extensions_Iterate((uint32_t *)stacks[1]);
        say("walked", 1);
        break;
    }
    finish(0);
}

int main(void)
{
    create(0, 0x496E6974, init, NULL);
    _Per_CPU_Information[0].per_cpu.executing = &blocks[1]; /* so that the first switch is one */
    _System_state_Current = 2;
    __asm__ volatile("msr psp, %0\n\t mov r0, #2\n\t msr control, r0\n\t isb" ::"r"(stacks[0] + SIZE) : "r0", "memory");
    _Per_CPU_Information[0].per_cpu.executing = &blocks[0];
    init();
    return 0;
}
