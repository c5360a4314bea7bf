// Command boxoffice reads commands from standard input.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"theatre/holds"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		switch {
		case len(words) == 3 && words[0] == "take":
			token, err := holds.Take(words[1], words[2])
			answer(token, err)
		case len(words) == 3 && words[0] == "release":
			answer("released", holds.Release(words[1], words[2]))
		case len(words) == 2 && words[0] == "sleep":
			millis, _ := strconv.Atoi(words[1])
			time.Sleep(time.Duration(millis) * time.Millisecond)
		default:
			fmt.Println("unknown command")
		}
	}
}

func answer(text string, err error) {
	if err != nil {
		text = err.Error()
	}
	fmt.Println(text)
}
