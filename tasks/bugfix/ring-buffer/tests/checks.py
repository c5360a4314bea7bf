import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, run  # noqa: E402

DRIVER = r"""
#include <stdio.h>
#include <stdlib.h>
#include "ring.h"
int main(int argc, char **argv)
{
    static ring r;
    int code = 0, value = 0, base = atoi(argv[argc - 1]);
    char step[8];
    ring_init(&r);
    printf("%d %d %d\n", RING_CAPACITY, RING_WATERMARK, RING_EFULL);
    while (scanf("%7s %d", step, &value) == 2) {
        int last = 0, first = 0;
        switch (step[0]) {
        case 'p':
            for (int i = 0; i < value; i++) code = ring_push(&r, base++);
            printf("push %d\n", code);
            break;
        case 'g':
            for (int i = 0; i < value; i++) { code = ring_pop(&r, &last); if (i == 0) first = last; }
            printf("pop %d %d %d\n", code, first, last);
            break;
        case 'h':
            printf("high %d\n", ring_high(&r));
            break;
        }
    }
    return 0;
}
"""
BASE = 7000


def play(*steps):
    built = run(
        "gcc -std=c11 -Wall -Wextra -Werror -O1 -Isrc src/ring.c -x c - -o /tmp/drive", input=DRIVER, timeout_s=30
    )
    assert built.exit_code == 0, built.stderr
    head = run(["/tmp/drive", str(BASE)])
    capacity, watermark, full = map(int, head.stdout.split())
    text = "\n".join(steps).replace("CAP-1", str(capacity - 1)).replace("CAP", str(capacity)).replace("WM-1", str(watermark - 1))
    done = run(["/tmp/drive", str(BASE)], input=text)
    assert done.exit_code == 0, done.stderr
    return capacity, full, done.stdout.splitlines()[1:]


@check("it builds without a warning and starts empty")
def _():
    assert play("g 1")[2] == ["pop 2 0 0"]


@check("all slots can be used")
def _():
    assert play("p CAP")[2] == ["push 0"]


@check("a full ring refuses the next value with RING_EFULL")
def _():
    _, full, lines = play("p CAP", "p 1")
    assert full != 0 and lines[-1] == f"push {full}", lines


@check("a refused value costs no other")
def _():
    capacity, _, lines = play("p CAP", "p 1", "g CAP", "g 1")
    assert lines[-2:] == [f"pop 0 {BASE} {BASE + capacity - 1}", "pop 2 0 0"], lines


@check("order is kept around the end")
def _():
    capacity, _, lines = play("p CAP", "g CAP-1", "p CAP-1", "g CAP")
    assert lines[-1] == f"pop 0 {BASE + capacity - 1} {BASE + 2 * capacity - 2}", lines


@check("high water begins at the watermark")
def _():
    assert play("p WM-1", "h 0", "p 1", "h 0")[2] == ["push 0", "high 0", "push 0", "high 1"]


main()
