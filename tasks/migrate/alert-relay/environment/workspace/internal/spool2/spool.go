// Package spool2 keeps texts by topic until their receipt is acknowledged.
package spool2

import (
	"context"
	"errors"
	"fmt"
	"time"
)

var (
	ErrFull   = errors.New("spool2: full")
	ErrEmpty  = errors.New("spool2: empty")
	ErrOption = errors.New("spool2: bad option")
)

// Options of a spool; all of them are needed.
type Options struct {
	Name, Lane string
	Capacity   int
	Retain     time.Duration
}

// Item is a text that has been taken and not yet acknowledged.
type Item struct {
	Topic, Text string
	id          int
}

// Spool holds texts; those that were taken count against the capacity until they are acknowledged.
type Spool struct {
	options Options
	next    int
	waiting map[string][]Item
	taken   map[int]Item
}

// Open makes an empty spool.
func Open(ctx context.Context, options Options) (*Spool, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if options.Name == "" || options.Lane == "" || options.Capacity <= 0 || options.Retain < time.Minute {
		return nil, fmt.Errorf("%w: %+v", ErrOption, options)
	}
	return &Spool{options: options, waiting: map[string][]Item{}, taken: map[int]Item{}}, nil
}

// Put adds a text to the end of a topic.
func (s *Spool) Put(ctx context.Context, text, topic string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if held, _ := s.Held(ctx, topic); held >= s.options.Capacity {
		return fmt.Errorf("topic %q: %w", topic, ErrFull)
	}
	s.next++
	s.waiting[topic] = append(s.waiting[topic], Item{topic, text, s.next})
	return nil
}

// Take hands out the first text of a topic, or ErrEmpty.
func (s *Spool) Take(ctx context.Context, topic string) (Item, error) {
	if err := ctx.Err(); err != nil {
		return Item{}, err
	}
	items := s.waiting[topic]
	if len(items) == 0 {
		return Item{}, fmt.Errorf("topic %q: %w", topic, ErrEmpty)
	}
	s.waiting[topic] = items[1:]
	s.taken[items[0].id] = items[0]
	return items[0], nil
}

// Ack forgets an item that was taken.
func (s *Spool) Ack(ctx context.Context, item Item) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	delete(s.taken, item.id)
	return nil
}

// GiveBack puts an item that was taken to the front of its topic.
func (s *Spool) GiveBack(ctx context.Context, item Item) error {
	return s.put(ctx, item, func(items []Item) []Item { return append([]Item{item}, items...) })
}

// Requeue puts an item that was taken to the end of its topic.
func (s *Spool) Requeue(ctx context.Context, item Item) error {
	return s.put(ctx, item, func(items []Item) []Item { return append(items, item) })
}

func (s *Spool) put(ctx context.Context, item Item, add func([]Item) []Item) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	delete(s.taken, item.id)
	s.waiting[item.Topic] = add(s.waiting[item.Topic])
	return nil
}

// Waiting returns how many texts of a topic can be taken.
func (s *Spool) Waiting(ctx context.Context, topic string) (int, error) {
	return len(s.waiting[topic]), ctx.Err()
}

// Held returns how many texts of a topic can be taken or have been taken.
func (s *Spool) Held(ctx context.Context, topic string) (int, error) {
	held := len(s.waiting[topic])
	for _, item := range s.taken {
		if item.Topic == topic {
			held++
		}
	}
	return held, ctx.Err()
}
