// Package relay passes alerts on.
package relay

import (
	"errors"
	"fmt"

	"example.com/alerts/internal/spool1"
	"example.com/alerts/settings"
)

// ErrBusy says that a topic holds as many alerts as it can.
var ErrBusy = errors.New("relay: busy")

// Sender brings one alert to where it belongs.
type Sender func(topic, text string) error

// Relay is safe for one goroutine.
type Relay struct {
	spool *spool1.Spool
	send  Sender
}

// New opens the spool.
func New(send Sender) (*Relay, error) {
	spool, err := spool1.Open(settings.SpoolName, settings.Lane, settings.Capacity, settings.RetainMinutes*60)
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	return &Relay{spool: spool, send: send}, nil
}

// Submit keeps an alert until it can be sent; ErrBusy if there is no room.
func (r *Relay) Submit(topic, text string) error {
	err := r.spool.Push(topic, text)
	if err == spool1.ErrFull {
		return ErrBusy
	}
	return err
}

// Drain sends a topic's alerts and returns how many were sent.
func (r *Relay) Drain(topic string) (int, error) {
	sent := 0
	for {
		text, ok := r.spool.Pop(topic)
		if !ok {
			return sent, nil
		}
		if err := r.send(topic, text); err != nil {
			r.spool.Push(topic, text) // there is room: it has just been taken out
			return sent, err
		}
		sent++
	}
}

// Pending returns how many alerts of a topic wait.
func (r *Relay) Pending(topic string) int {
	return r.spool.Len(topic)
}
