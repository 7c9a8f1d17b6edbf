// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"runtime"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/topdown"
	"golang.org/x/sys/unix"
)

// patience bounds the wall-clock time of an evaluation as a multiple of its deadline.
const patience = 20

// watch cancels an evaluation on the calling thread when it has used `deadline` of that thread's CPU time, or
// `patience` times as much wall-clock time. A refusal is for good, so a busy machine must not cause one: only the
// evaluation's own work counts, until waiting itself is the failure. The function that it returns ends the watch.
func watch(cancel topdown.Cancel, deadline time.Duration) func() {
	runtime.LockOSThread()
	clock := threadClock(unix.Gettid())
	used, begin := cpuTime(clock), time.Now()

	var mutex sync.Mutex
	done := false
	var timer *time.Timer
	check := func() {
		mutex.Lock()
		defer mutex.Unlock()
		if done {
			return
		}
		left := deadline - (cpuTime(clock) - used)
		if left <= 0 || time.Since(begin) >= patience*deadline {
			cancel.Cancel()
			return
		}
		timer.Reset(max(left, time.Millisecond))
	}
	mutex.Lock()
	timer = time.AfterFunc(deadline, check)
	mutex.Unlock()
	return func() {
		mutex.Lock()
		defer mutex.Unlock()
		done = true
		timer.Stop()
		runtime.UnlockOSThread()
	}
}

// threadClock is the CPU-time clock of a thread as Linux numbers it (pthread_getcpuclockid(3)): the complement of
// the thread id, CPUCLOCK_PERTHREAD_MASK | CPUCLOCK_SCHED in the low bits.
func threadClock(tid int) int32 { return int32(^tid)<<3 | 6 }

func cpuTime(clock int32) time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(clock, &now); err != nil {
		return 1 << 62 // unknown counts as used up: no evaluation is unbounded
	}
	return time.Duration(now.Nano())
}
