// Go's side of the benchmarks. It reads lines "NAME TIMES", runs that benchmark so many times and prints how many
// nanoseconds that took, so that its rounds can alternate with those of others.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// A bench does its operation so many times and says how long that took.
type bench func(times int) time.Duration

func main() {
	// What a benchmark has built up stays between its rounds, and goes when others have come.
	ready := map[string]bench{}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		name, count, _ := strings.Cut(lines.Text(), " ")
		times, err := strconv.Atoi(count)
		if err != nil {
			fmt.Fprintln(os.Stderr, "not a number:", count)
			os.Exit(1)
		}
		if ready[name] == nil {
			if len(ready) >= 2 {
				clear(ready)
			}
			ready[name] = prepare(name)
		}
		fmt.Println(ready[name](times).Nanoseconds())
	}
}

func prepare(name string) bench {
	shape, detail, _ := strings.Cut(name, "/")
	number, root, _ := strings.Cut(detail, "/")
	size, _ := strconv.Atoi(number)
	switch shape {
	case "Filler":
		return both(func() { filler(filler(0)) })
	case "CommonParentCancel":
		return commonParentCancel()
	case "WithTimeout":
		return withTimeout(size)
	case "WithValue":
		return withValue()
	case "CancelTree":
		return cancelTree(size, root)
	case "CheckCanceled":
		return checkCanceled(detail)
	case "ContextCancelDone":
		return contextCancelDone()
	case "ErrOK":
		return errOf(false)
	case "ErrCanceled":
		return errOf(true)
	case "DeepValue":
		return deepValue(size)
	case "DeepValueNewGoRoutine":
		return deepValueNewGoRoutine(size)
	}
	fmt.Fprintln(os.Stderr, "no such benchmark:", name)
	os.Exit(1)
	return nil
}
