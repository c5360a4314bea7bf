package windows

import (
	"fmt"
	"sort"
)

// Window is the time from From (inclusive) to Until (exclusive), in Unix seconds.
type Window struct {
	From, Until int64
	Host        string
}

// Plan returns the windows to announce for the requested ones.
func Plan(requests []Window) ([]Window, error) {
	var widened []Window
	for i, one := range requests {
		if one.Until <= one.From {
			return nil, fmt.Errorf("request %d: ends before it begins", i+1)
		}
		if length := one.Until - one.From; length > MaxLengthS {
			return nil, fmt.Errorf("request %d: lasts %d s, limit %d s", i+1, length, MaxLengthS)
		}
		widened = append(widened, Window{one.From - LeadS, one.Until + TrailS, one.Host})
	}
	inOrder(widened)
	last := map[string]int{}
	var joined []Window
	for _, one := range widened {
		if at, known := last[one.Host]; known && one.From <= joined[at].Until+JoinGapS {
			if one.Until > joined[at].Until {
				joined[at].Until = one.Until
			}
			continue
		}
		last[one.Host] = len(joined)
		joined = append(joined, one)
	}
	var planned []Window
	for _, one := range joined {
		for one.Until-one.From > SplitS && one.Until-one.From-SplitS >= RestS {
			planned = append(planned, Window{one.From, one.From + SplitS, one.Host})
			one.From += SplitS
		}
		planned = append(planned, one)
	}
	inOrder(planned)
	return planned, nil
}

func inOrder(list []Window) {
	sort.Slice(list, func(i, j int) bool {
		if list[i].From != list[j].From {
			return list[i].From < list[j].From
		}
		return list[i].Host < list[j].Host
	})
}
