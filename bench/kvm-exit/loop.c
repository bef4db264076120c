/* The yardstick of bench/kvm-exit: the least that a program can do per MMIO exit of a guest on /dev/kvm.
   Usage: loop COUNT. Prints the nanoseconds per exit. */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

enum { DEVICE = 0xd0000, CODE = 0x1000 };

static void check(int failed, const char *what)
{
    if (failed) {
        perror(what);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    uint32_t count = argc > 1 ? strtoul(argv[1], NULL, 0) : 100000;
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    check(kvm < 0, "/dev/kvm");
    int vm = ioctl(kvm, KVM_CREATE_VM, 0);
    check(vm < 0, "KVM_CREATE_VM");
    uint8_t *memory = mmap(NULL, DEVICE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(memory == MAP_FAILED, "mmap");
    /* mov ax, d000h; mov ds, ax; mov ecx, COUNT; again: mov [0], al; dec ecx; jnz again; hlt */
    uint8_t code[] = {0xb8, 0x00, 0xd0, 0x8e, 0xd8, 0x66, 0xb9, 0, 0, 0, 0, 0xa2, 0x00, 0x00, 0x66, 0x49, 0x75, 0xf9, 0xf4};
    memcpy(code + 7, &count, sizeof count);
    memcpy(memory + CODE, code, sizeof code);
    struct kvm_userspace_memory_region slot = {.memory_size = DEVICE, .userspace_addr = (uintptr_t)memory};
    check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot), "KVM_SET_USER_MEMORY_REGION");
    int cpu = ioctl(vm, KVM_CREATE_VCPU, 0);
    check(cpu < 0, "KVM_CREATE_VCPU");
    struct kvm_run *run = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
    check(run == MAP_FAILED, "mmap");
    struct kvm_sregs sregs;
    check(ioctl(cpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
    sregs.cs.base = sregs.cs.selector = 0;
    check(ioctl(cpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
    struct kvm_regs regs = {.rip = CODE, .rflags = 2};
    check(ioctl(cpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");

    struct timespec begin, end;
    uint32_t exits = 0;
    static uint8_t device[4096];
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (;;) {
        check(ioctl(cpu, KVM_RUN, 0), "KVM_RUN");
        if (run->exit_reason != KVM_EXIT_MMIO) break;
        if (run->mmio.is_write) device[run->mmio.phys_addr & 4095] = run->mmio.data[0];
        exits++;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (device[0] != (uint8_t)regs.rax || run->exit_reason != KVM_EXIT_HLT || exits != count) {
        fprintf(stderr, "the guest ended with reason %u after %u exits\n", run->exit_reason, exits);
        return 1;
    }
    printf("%.1f\n", ((end.tv_sec - begin.tv_sec) * 1e9 + (end.tv_nsec - begin.tv_nsec)) / count);
    return 0;
}
