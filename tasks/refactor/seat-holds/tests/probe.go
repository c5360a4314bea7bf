package main

import (
	"fmt"
	"strings"
	"time"

	"theatre/holds"
	"theatre/partner"
)

type spy struct {
	held map[string]holds.Hold
	log  string
}

func (s *spy) Get(seat string) (holds.Hold, bool) { h, ok := s.held[seat]; s.log += "g"; return h, ok }
func (s *spy) Put(seat string, h holds.Hold)      { s.held[seat] = h; s.log += "p" }
func (s *spy) Delete(seat string)                 { delete(s.held, seat); s.log += "d" }

func main() {
	now := time.Date(2030, 5, 1, 20, 0, 0, 0, time.UTC)
	store := &spy{held: map[string]holds.Hold{}}
	desk := holds.New(store, func() time.Time { return now })
	other := holds.New(holds.NewMemory(), func() time.Time { return now })
	token, _ := desk.Take("A1", "ida")
	fmt.Println("token", token == holds.TokenPrefix+"A1-1")
	fmt.Println("stored", store.held["A1"].Name, strings.Contains(store.log, "g"), strings.HasSuffix(store.log, "p"))
	kept := time.Duration(holds.HoldSeconds)*time.Second + time.Duration(holds.GraceMillis)*time.Millisecond
	fmt.Println("until", store.held["A1"].Until.Sub(now) == kept)
	_, err := desk.Take("A1", "per")
	fmt.Println("taken", err == holds.ErrTaken)
	_, err = other.Take("A1", "per")
	fmt.Println("other", err)
	now = now.Add(kept - 1)
	_, err = desk.Take("A1", "per")
	fmt.Println("just", err == holds.ErrTaken)
	now = now.Add(1)
	fmt.Println("lapsed", desk.Release("A1", token) == holds.ErrToken)
	token, err = desk.Take("A1", "per")
	fmt.Println("again", err, token == holds.TokenPrefix+"A1-2")
	fmt.Println("wrong", desk.Release("A1", "x") == holds.ErrToken, desk.Release("B1", token) == holds.ErrToken)
	fmt.Println("released", desk.Release("A1", token), len(store.held))
	mine, err := holds.Take("Z9", "ida")
	fmt.Println("shared", err, partner.Reserve("Z9", "x") == "", partner.Cancel("Z9", mine), partner.Reserve("Z9", "x") != "")
	fmt.Println("apart", len(store.held), len(holds.RemovedIn) > 4)
}
