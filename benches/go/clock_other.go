//go:build !linux

package main

import "time"

var began = time.Now()

// cpuTime is the time that has gone by: elsewhere a thread's own is not to be had.
func cpuTime() time.Duration { return time.Since(began) }
