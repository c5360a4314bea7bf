package windows

// Window is the time from From (inclusive) to Until (exclusive), in Unix seconds.
type Window struct {
	From, Until int64
	Host        string
}

// Plan returns the windows to announce for the requested ones.
func Plan(requests []Window) ([]Window, error) {
	return requests, nil
}
