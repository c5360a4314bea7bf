// Package relay passes alerts on.
package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/alerts/internal/spool2"
	"example.com/alerts/settings"
)

// ErrBusy says that a topic holds as many alerts as it can.
var ErrBusy = errors.New("relay: busy")

// Sender brings one alert to where it belongs.
type Sender func(ctx context.Context, topic, text string) error

// Relay is safe for one goroutine.
type Relay struct {
	spool *spool2.Spool
	send  Sender
}

// New opens the spool.
func New(ctx context.Context, send Sender) (*Relay, error) {
	spool, err := spool2.Open(ctx, spool2.Options{
		Name:     settings.SpoolName,
		Lane:     settings.Lane,
		Capacity: settings.Capacity,
		Retain:   settings.RetainMinutes * time.Minute,
	})
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	return &Relay{spool: spool, send: send}, nil
}

// Submit keeps an alert until it can be sent; ErrBusy if there is no room.
func (r *Relay) Submit(ctx context.Context, topic, text string) error {
	err := r.spool.Put(ctx, text, topic)
	if errors.Is(err, spool2.ErrFull) {
		return ErrBusy
	}
	return err
}

// Drain sends a topic's alerts and returns how many were sent.
func (r *Relay) Drain(ctx context.Context, topic string) (int, error) {
	sent := 0
	for {
		item, err := r.spool.Take(ctx, topic)
		if errors.Is(err, spool2.ErrEmpty) {
			return sent, nil
		}
		if err != nil {
			return sent, err
		}
		if err := r.sendOne(ctx, item); err != nil {
			r.spool.Requeue(context.Background(), item) // cannot fail: this context is never done
			return sent, err
		}
		r.spool.Ack(context.Background(), item) // likewise
		sent++
	}
}

func (r *Relay) sendOne(ctx context.Context, item spool2.Item) error {
	ctx, cancel := context.WithTimeout(ctx, settings.SendTimeoutMs*time.Millisecond)
	defer cancel()
	return r.send(ctx, item.Topic, item.Text)
}

// Pending returns how many alerts of a topic wait.
func (r *Relay) Pending(ctx context.Context, topic string) (int, error) {
	return r.spool.Waiting(ctx, topic)
}
