// Package holds keeps seats for customers who are about to pay.
package holds

import (
	"errors"
	"fmt"
	"time"
)

// Hold is a seat that is kept for somebody.
type Hold struct {
	Name  string
	Token string
	Until time.Time
}

// ErrTaken says that somebody else holds the seat.
var ErrTaken = errors.New("seat is taken")

// ErrToken says that no hold of the seat has this token.
var ErrToken = errors.New("no such hold")

var (
	seats  = map[string]Hold{}
	serial int
)

// Take holds a seat and returns the token with which it can be released.
func Take(seat, name string) (string, error) {
	now := time.Now()
	if hold, ok := seats[seat]; ok && now.Before(hold.Until) {
		return "", ErrTaken
	}
	serial++
	token := fmt.Sprintf("%s%s-%d", TokenPrefix, seat, serial)
	kept := HoldSeconds*time.Second + GraceMillis*time.Millisecond
	seats[seat] = Hold{Name: name, Token: token, Until: now.Add(kept)}
	return token, nil
}

// Release gives a seat back before its hold lapses.
func Release(seat, token string) error {
	hold, ok := seats[seat]
	if !ok || hold.Token != token || !time.Now().Before(hold.Until) {
		return ErrToken
	}
	delete(seats, seat)
	return nil
}
