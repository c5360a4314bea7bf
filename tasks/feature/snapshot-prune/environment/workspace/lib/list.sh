# snapctl list DIR: every snapshot with its age in hours, oldest first

cmd_list() {
  local file base
  for file in "$1"/*-*.snap; do
    [[ -f $file ]] || continue
    base=$(basename "$file" .snap)
    echo "$(((now - ${base##*-}) / 3600)) ${base%-*}"
  done | sort -k1,1nr -k2
}
