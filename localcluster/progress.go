package localcluster

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// lineWriter passes on one write at a time: two servers report to one terminal.
type lineWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(p)
}

func oneAtATime(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	if _, already := w.(*lineWriter); already || w == io.Discard {
		return w
	}
	return &lineWriter{to: w}
}

// say writes one line of progress. A terminal that went away stops nothing.
func say(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, format+"\n", args...)
}

// stopwatch returns how long ago it was called, for a progress line.
func stopwatch() func() time.Duration {
	start := time.Now() //nolint:forbidigo // the time a person waits, not a time of the product
	return func() time.Duration {
		return time.Since(start).Round(10 * time.Millisecond)
	}
}

// heartbeat says every interval that something long still goes on, until the
// returned function is called.
func heartbeat(w io.Writer, every time.Duration, what string) (stop func()) {
	elapsed := stopwatch()
	done := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				say(w, "%s (%s so far)", what, elapsed().Round(time.Second))
			case <-done:
				return
			}
		}
	})
	return func() { close(done); ended.Wait() }
}

// poll calls ready at intervals until it says yes, the process ends or the
// context does.
func poll(ctx context.Context, p *process, every time.Duration, ready func() bool) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if ready() {
			return nil
		}
		select {
		case <-tick.C:
		case <-p.done:
			return fmt.Errorf("start %s: it ended with %w; its log ends:\n%s", p.name, p.exit(), p.logTail())
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w; its log ends:\n%s", p.name, context.Cause(ctx), p.logTail())
		}
	}
}
