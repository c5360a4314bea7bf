setup() {
    . "$BATS_TEST_DIRNAME/../lib/units.sh"
    . "$BATS_TEST_DIRNAME/../lib/report.sh"
}

@test "whole sizes" {
    [ "$(to_kib 640M)" = 655360 ]
    [ "$(to_kib 8192)" = 8 ]
    [ "$(to_kib 96TiB)" = 103079215104 ]
}

@test "sizes with decimals" {
    [ "$(to_kib 1.5G)" = 1572864 ]
}

@test "a full disk is low, whoever made it" {
    run report 1000000 <<< "nas:/vol 500GB 465.6GiB"
    [ "$output" = "nas:/vol 64265 low" ]
}
