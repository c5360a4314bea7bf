# shellcheck shell=bash
# Sizes with units.

# to_kib SIZE: prints it in KiB, rounded down; status 1 if it is no size.
to_kib() {
    local number=${1%%[A-Za-z]*} unit
    unit=${1#"$number"}
    [[ $number =~ ^[0-9]+(\.[0-9]+)?$ ]] || return 1
    number=${number%.*}
    case ${unit^^} in
        '' | B) echo $((number / 1024)) ;;
        K | KB | KIB) echo "$number" ;;
        M | MB | MIB) echo $((number * 1024)) ;;
        G | GB | GIB) echo $((number * 1024 * 1024)) ;;
        T | TB | TIB) echo $((number * 1024 * 1024 * 1024)) ;;
        *) return 1 ;;
    esac
}
