// Package partner is maintained by the booking partner.
package partner

import "theatre/holds"

// Reserve returns a token or an empty string.
func Reserve(seat, guest string) string {
	token, err := holds.Take(seat, "partner:"+guest)
	if err != nil {
		return ""
	}
	return token
}

// Cancel says whether a reservation was given back.
func Cancel(seat, token string) bool {
	return holds.Release(seat, token) == nil
}
