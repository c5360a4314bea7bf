# shellcheck shell=bash
# report LOW_KIB: what becomes of the volumes on standard input.
report() {
    local low_kib=$1 status=0 name size used size_kib used_kib free
    while read -r name size used; do
        if ! size_kib=$(to_kib "$size") || ! used_kib=$(to_kib "$used"); then
            echo "bad size: $name $size $used" >&2
            return 2
        fi
        free=$((size_kib - used_kib))
        if [ "$free" -lt "$low_kib" ]; then
            echo "$name $free low"
            status=1
        else
            echo "$name $free"
        fi
    done
    return "$status"
}
