import functools
import json
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

PROBE = """
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"time"

	"example.com/alerts/relay"
	"example.com/alerts/settings"
)

type key struct{}

var out = map[string]any{}

// opened returns the options of the spool that a value holds somewhere.
func opened(value reflect.Value) []any {
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		return opened(value.Elem())
	case reflect.Struct:
		if value.Type().Name() == "Options" {
			retain := time.Duration(value.FieldByName("Retain").Int())
			return []any{value.FieldByName("Name").String(), value.FieldByName("Lane").String(), retain.Minutes()}
		}
		for i := 0; i < value.NumField(); i++ {
			if found := opened(value.Field(i)); found != nil {
				return found
			}
		}
	}
	return nil
}

func main() {
	bg, bad := context.Background(), errors.New("line is down")
	var log []string
	var fail error
	var hook func(ctx context.Context)
	send := func(ctx context.Context, topic, text string) error {
		log = append(log, topic+":"+text)
		if hook != nil {
			hook(ctx)
		}
		return fail
	}
	fresh := func(texts ...string) *relay.Relay {
		r, err := relay.New(bg, send)
		if err != nil {
			panic(err)
		}
		for _, text := range texts {
			if err := r.Submit(bg, "t", text); err != nil {
				panic(err)
			}
		}
		log, fail, hook = nil, nil, nil
		return r
	}
	pending := func(r *relay.Relay) int {
		n, err := r.Pending(bg, "t")
		if err != nil {
			panic(err)
		}
		return n
	}
	note := func(name string, values ...any) { out[name] = append(values, append([]string{}, log...)) }

	r := fresh("a", "b", "c")
	before := pending(r)
	sent, err := r.Drain(bg, "t")
	again, err2 := r.Drain(bg, "t")
	none, err3 := r.Drain(bg, "other")
	note("drain", before, sent, err == nil, again, err2 == nil, none, err3 == nil, pending(r))

	r, fail = fresh("a", "b", "c"), bad
	sent, err = r.Drain(bg, "t")
	waiting := pending(r)
	fail = nil
	again, _ = r.Drain(bg, "t")
	note("failure", sent, errors.Is(err, bad), waiting, again)

	fill := func(r *relay.Relay) (stored int, err error) {
		for ; err == nil && stored <= settings.Capacity; stored++ {
			err = r.Submit(bg, "t", "x")
		}
		return stored - 1, err
	}
	r = fresh()
	stored, err := fill(r)
	busy := errors.Is(err, relay.ErrBusy)
	sent, _ = r.Drain(bg, "t")
	err = r.Submit(bg, "t", "y")
	log = nil
	note("capacity", stored == settings.Capacity, busy, sent == stored, err == nil)

	done, cancel := context.WithCancel(bg)
	cancel()
	r = fresh("a")
	submit := r.Submit(done, "t", "b")
	sent, err = r.Drain(done, "t")
	_, perr := r.Pending(done, "t")
	_, nerr := relay.New(done, send)
	c := context.Canceled
	note("cancelled", errors.Is(submit, c), sent, errors.Is(err, c), errors.Is(perr, c), errors.Is(nerr, c), pending(r))

	r = fresh("a", "b")
	limit, first := time.Duration(settings.SendTimeoutMs)*time.Millisecond, time.Time{}
	good := true
	hook = func(ctx context.Context) {
		deadline, ok := ctx.Deadline()
		left := time.Until(deadline)
		good = good && ok && left <= limit && left > limit-5*time.Second && deadline.After(first) && ctx.Value(key{}) == "mine"
		first = deadline
		time.Sleep(2 * time.Millisecond)
	}
	sent, err = r.Drain(context.WithValue(bg, key{}, "mine"), "t")
	note("deadline", sent, err == nil, good)

	r = fresh("a", "b")
	caller, hangup := context.WithCancel(bg)
	hook = func(ctx context.Context) { hangup(); fail = ctx.Err() }
	sent, err = r.Drain(caller, "t")
	waiting = pending(r)
	hook, fail = nil, nil
	again, _ = r.Drain(bg, "t")
	note("hangup", sent, errors.Is(err, c), waiting, again)

	r = fresh("a", "b")
	caller, hangup = context.WithCancel(bg)
	hook = func(ctx context.Context) { hangup() }
	sent, err = r.Drain(caller, "t")
	hook = nil
	again, _ = r.Drain(bg, "t")
	late := append([]string{}, log...)
	room, _ := fill(r)
	log = late
	note("sent-then-hangup", sent, errors.Is(err, c), again, room == settings.Capacity)

	r = fresh("a", "b", "c")
	waits := []int{}
	hook = func(ctx context.Context) { waits = append(waits, pending(r)) }
	r.Drain(bg, "t")
	note("during", waits)
	note("options", opened(reflect.ValueOf(r)), []any{settings.SpoolName, settings.Lane, settings.RetainMinutes})

	json.NewEncoder(os.Stdout).Encode(out)
}
"""
ENV = {"GOCACHE": "/tmp/go-cache", "GOPATH": "/tmp/go", "GOFLAGS": "-mod=mod", "CGO_ENABLED": "0"}


@functools.cache
def probe():
    command = "rm -rf /tmp/w && cp -R /workspace /tmp/w && mkdir /tmp/w/probe && cat > /tmp/w/probe/main.go && cd /tmp/w && go run ./probe"
    return run(command, input=PROBE, env=ENV, timeout_s=90)


def probed():
    done = probe()
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


@check("the spool is opened with the settings, for so many minutes")
def _():
    handed, wanted, _ = probed()["options"]
    assert handed == wanted, handed


@check("alerts are sent in order, once")
def _():
    assert probed()["drain"] == [3, 3, True, 0, True, 0, True, 0, ["t:a", "t:b", "t:c"]], probed()["drain"]


@check("an alert that is being sent does not wait any more")
def _():
    assert probed()["during"][0] == [2, 1, 0], probed()["during"]


@check("an alert that fails goes to the end")
def _():
    assert probed()["failure"] == [0, True, 3, 3, ["t:a", "t:b", "t:c", "t:a"]], probed()["failure"]


@check("a full topic is busy until it is drained")
def _():
    assert probed()["capacity"] == [True, True, True, True, []], probed()["capacity"]


@check("nothing happens for a context that is done")
def _():
    assert probed()["cancelled"] == [True, 0, True, True, True, 1, []], probed()["cancelled"]


@check("each sending has a deadline of its own and the caller's values")
def _():
    assert probed()["deadline"] == [2, True, True, ["t:a", "t:b"]], probed()["deadline"]


@check("an alert is not lost when the caller hangs up")
def _():
    assert probed()["hangup"] == [0, True, 2, 2, ["t:a", "t:b", "t:a"]], probed()["hangup"]


@check("an alert that was sent is not sent again when the caller hangs up")
def _():
    assert probed()["sent-then-hangup"] == [1, True, 1, True, ["t:a", "t:b"]], probed()["sent-then-hangup"]


@check("the relay does without spool1")
def _():
    code = read("relay/relay.go")
    assert '"example.com/alerts/internal/spool1"' not in code and '"example.com/alerts/internal/spool2"' in code


main()
