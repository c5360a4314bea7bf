# shellcheck shell=bash
# Settings: key=value lines.
declare -A CONF

load_conf() {
    local key value
    while IFS='=' read -r key value; do
        [[ $key =~ ^[a-z_]+$ ]] && CONF[$key]=$value
    done < "$1"
    return 0
}

conf() {
    printf '%s\n' "${CONF[$1]}"
}

show_conf() {
    local key
    for key in $(printf '%s\n' "${!CONF[@]}" | sort); do
        printf '%s %s\n' "$key" "${CONF[$key]}"
    done
}
