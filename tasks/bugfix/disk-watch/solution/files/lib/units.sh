# shellcheck shell=bash
# Sizes with units.

# to_kib SIZE: prints it in KiB, rounded down; status 1 if it is no size.
to_kib() {
    local number=${1%%[A-Za-z]*} unit bytes
    unit=${1#"$number"}
    [[ $number =~ ^[0-9]+(\.[0-9]+)?$ ]] || return 1
    case ${unit^^} in
        '' | B) bytes=1 ;;
        K | KIB) bytes=1024 ;;
        M | MIB) bytes=1024^2 ;;
        G | GIB) bytes=1024^3 ;;
        T | TIB) bytes=1024^4 ;;
        KB) bytes=1000 ;;
        MB) bytes=1000^2 ;;
        GB) bytes=1000^3 ;;
        TB) bytes=1000^4 ;;
        *) return 1 ;;
    esac
    bc <<< "size = $number * $bytes; scale = 0; size / 1024"
}
