package main

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// What the compiler must not see to be unused.
var (
	sink    context.Context
	sinkInt int
)

// each measures a loop that it is given whole, so that nothing is called indirectly within it. It takes the CPU time of
// its own thread: neither others on this machine nor the collector's threads count.
func each(loop func(times int)) bench {
	return func(times int) time.Duration {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		start := cpuTime()
		loop(times)
		return cpuTime() - start
	}
}

// parallel times a loop on two goroutines, each of which does all the operations.
func parallel(loop func(times int)) bench {
	return func(times int) time.Duration {
		var group sync.WaitGroup
		start := make(chan struct{})
		for range 2 {
			group.Add(1)
			go func() {
				defer group.Done()
				<-start
				loop(times)
			}()
		}
		began := time.Now()
		close(start)
		group.Wait()
		return time.Since(began)
	}
}

func both(op func()) bench {
	return parallel(func(times int) {
		for range times {
			op()
		}
	})
}

// filler is a hundred divisions, each of which waits for the one before.
func filler(x int) int {
	for range 100 {
		x /= x + 1
	}
	return x
}

func commonParentCancel() bench {
	root := context.WithValue(context.Background(), "key", "value")
	shared, _ := context.WithCancel(root)
	return both(func() {
		ctx, cancel := context.WithCancel(shared)
		if ctx.Value("key").(string) != "value" {
			panic("the value is gone")
		}
		x := filler(0)
		cancel()
		filler(x)
	})
}

func withTimeout(live int) bench {
	root := context.Background()
	others := make([]context.CancelFunc, live)
	for i := range others {
		_, others[i] = context.WithTimeout(root, time.Hour)
	}
	return both(func() {
		var cancels [10]context.CancelFunc
		for i := range cancels {
			_, cancels[i] = context.WithTimeout(root, time.Hour)
		}
		for _, cancel := range cancels {
			cancel()
		}
		sinkLen(others)
	})
}

//go:noinline
func sinkLen(of []context.CancelFunc) { _ = of }

type key struct{}

func withValue() bench {
	root, _ := context.WithCancel(context.Background())
	return each(func(times int) {
		for i := range times {
			sink = context.WithValue(root, key{}, i)
		}
	})
}

func tree(root context.Context, depth int) {
	for range depth {
		root, _ = context.WithCancel(root)
	}
	sink = root
}

func cancelTree(depth int, root string) bench {
	return each(func(times int) {
		for range times {
			switch root {
			case "Background":
				tree(context.Background(), depth)
			case "OpenCanceler":
				ctx, cancel := context.WithCancel(context.Background())
				tree(ctx, depth)
				cancel()
			case "ClosedCanceler":
				ctx, cancel := context.WithCancel(context.Background())
				cancel()
				tree(ctx, depth)
			}
		}
	})
}

func checkCanceled(how string) bench {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if how == "Err" {
		return errOf(true)
	}
	return each(func(times int) {
		for range times {
			select {
			case <-ctx.Done():
			default:
			}
		}
	})
}

func contextCancelDone() bench {
	ctx, _ := context.WithCancel(context.Background())
	return parallel(func(times int) {
		for range times {
			select {
			case <-ctx.Done():
			default:
			}
		}
	})
}

func errOf(canceled bool) bench {
	ctx, cancel := context.WithCancel(context.Background())
	if canceled {
		cancel()
	}
	return each(func(times int) {
		for range times {
			if (ctx.Err() != nil) != canceled {
				panic("the context is not as it was")
			}
		}
	})
}

func deep(depth int) context.Context {
	ctx := context.Background()
	for i := range depth {
		ctx = context.WithValue(ctx, i, i)
	}
	return ctx
}

func deepValue(depth int) bench {
	ctx := deep(depth)
	return each(func(times int) {
		for range times {
			if ctx.Value(-1) != nil {
				sinkInt++
			}
		}
	})
}

func deepValueNewGoRoutine(depth int) bench {
	ctx := deep(depth)
	return func(times int) time.Duration {
		start := time.Now()
		for range times {
			var group sync.WaitGroup
			group.Add(1)
			go func() {
				defer group.Done()
				ctx.Value(-1)
			}()
			group.Wait()
		}
		return time.Since(start)
	}
}
