package main

import (
	"syscall"
	"time"
	"unsafe"
)

// cpuTime is what this thread has had of a processor.
func cpuTime() time.Duration {
	const threadCPUTime = 3
	var now syscall.Timespec
	_, _, failed := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, threadCPUTime, uintptr(unsafe.Pointer(&now)), 0)
	if failed != 0 {
		panic(failed)
	}
	return time.Duration(now.Nano())
}
