/* Tells ThreadSanitizer of what it cannot see in a standard library that is not built for it: that a lock which had to
 * wait has been taken, and that a wait on a condition gives the lock up and takes it again. (A lock that need not wait,
 * and every unlock, are compiled into the crate that calls them, and are seen.)
 *
 * The linker puts these around the functions of `std` whose symbols it is given: see ../sanitizers. */

#include <stdbool.h>
#include <stdint.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define REAL(symbol) __asm__("__real_" symbol)
#define WRAP(symbol) __asm__("__wrap_" symbol)

void real_lock(void *mutex) REAL(LOCK_CONTENDED);
void real_wait(void *condvar, void *mutex) REAL(WAIT);
bool real_wait_timeout(void *condvar, void *mutex, uint64_t secs, uint32_t nanos) REAL(WAIT_TIMEOUT);

void lock(void *mutex) WRAP(LOCK_CONTENDED);
void wait(void *condvar, void *mutex) WRAP(WAIT);
bool wait_timeout(void *condvar, void *mutex, uint64_t secs, uint32_t nanos) WRAP(WAIT_TIMEOUT);

void lock(void *mutex) {
    real_lock(mutex);
    __tsan_acquire(mutex);
}

void wait(void *condvar, void *mutex) {
    __tsan_release(mutex);
    real_wait(condvar, mutex);
    __tsan_acquire(mutex);
}

bool wait_timeout(void *condvar, void *mutex, uint64_t secs, uint32_t nanos) {
    __tsan_release(mutex);
    bool in_time = real_wait_timeout(condvar, mutex, secs, nanos);
    __tsan_acquire(mutex);
    return in_time;
}
