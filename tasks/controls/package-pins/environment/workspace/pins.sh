#!/usr/bin/env bash
# 检查 pins.txt 的格式，并列出每个包的版本号
set -euo pipefail
cd "$(dirname "$0")"
while read -r line || [ -n "$line" ]; do
    case $line in
    '' | '#'*) ;; # 跳过空行和注释
    [a-z]*==[0-9]*) echo "${line%%==*} ${line##*==}" ;;
    *)
        echo "格式错误：$line" >&2
        exit 1
        ;;
    esac
done < pins.txt
