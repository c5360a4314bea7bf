// Package spool1 keeps texts by topic, in memory. Deprecated: use spool2.
package spool1

import "errors"

// ErrFull is returned as it is, never wrapped.
var ErrFull = errors.New("spool1: full")

// Spool holds texts until they are popped.
type Spool struct {
	name, lane    string
	capacity      int
	retainSeconds int
	topics        map[string][]string
}

// Open makes an empty spool.
func Open(name, lane string, capacity, retainSeconds int) (*Spool, error) {
	if capacity <= 0 || retainSeconds <= 0 {
		return nil, errors.New("spool1: capacity and retention must be positive")
	}
	return &Spool{name, lane, capacity, retainSeconds, map[string][]string{}}, nil
}

// Push adds a text to the end of a topic.
func (s *Spool) Push(topic, text string) error {
	if len(s.topics[topic]) >= s.capacity {
		return ErrFull
	}
	s.topics[topic] = append(s.topics[topic], text)
	return nil
}

// Pop takes the first text of a topic away.
func (s *Spool) Pop(topic string) (string, bool) {
	texts := s.topics[topic]
	if len(texts) == 0 {
		return "", false
	}
	s.topics[topic] = texts[1:]
	return texts[0], true
}

// Len returns how many texts a topic holds.
func (s *Spool) Len(topic string) int {
	return len(s.topics[topic])
}
