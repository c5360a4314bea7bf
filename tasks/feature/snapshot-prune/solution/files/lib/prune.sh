# snapctl prune [--dry-run] DIR: see docs/prune.md
# shellcheck shell=bash disable=SC2154

cmd_prune() {
  local mark="" dir file base name epoch age kept=0 line
  local -a snapshots=() doomed=()
  local -A newest=() newest_of_day=()

  if [[ ${1:-} == --dry-run ]]; then
    mark="dry run: "
    shift
  fi
  if [[ $# -ne 1 || ! -d $1 ]]; then
    echo "usage: snapctl prune [--dry-run] DIR" >&2
    exit "$EXIT_USAGE"
  fi
  dir=$1
  if [[ -z $mark && -f $dir/$LOCK_NAME ]]; then
    line=$(head -n 1 "$dir/$LOCK_NAME")
    echo "locked by $line" >&2
    exit "$EXIT_LOCKED"
  fi

  for file in "$dir"/*.snap "$dir"/.*.snap; do
    base=${file##*/}
    base=${base%.snap}
    [[ -f $file && $base =~ ^(.+)-([0-9]+)$ ]] || continue
    name=${BASH_REMATCH[1]} epoch=$((10#${BASH_REMATCH[2]}))
    snapshots+=("$epoch"$'\t'"$name"$'\t'"$base")
    [[ $epoch -gt ${newest[$name]:--1} ]] && newest[$name]=$epoch
    [[ $epoch -gt ${newest_of_day[$((epoch / 86400))/$name]:--1} ]] && newest_of_day[$((epoch / 86400))/$name]=$epoch
  done

  while IFS=$'\t' read -r epoch name base; do
    [[ -n $base ]] || continue
    age=$((now - epoch))
    if ((age < KEEP_HOURS * 3600)) || [[ $epoch -eq ${newest[$name]} || -e $dir/$base.pin ]] ||
      { ((age < KEEP_DAYS * 86400)) && [[ $epoch -eq ${newest_of_day[$((epoch / 86400))/$name]} ]]; }; then
      kept=$((kept + 1))
    else
      doomed+=("$base.snap")
    fi
  done < <(printf '%s\n' "${snapshots[@]}" | LC_ALL=C sort -t $'\t' -k1,1n -k2,2)

  for file in "${doomed[@]}"; do
    echo "${mark}prune $file"
    [[ -n $mark ]] || mv -- "$dir/$file" "$dir/$file.$TRASH_SUFFIX"
  done
  [[ -n $mark ]] || echo "$now $LOG_TAG ${#doomed[@]} $kept" >>"$dir/prune.log"
  if [[ ${#doomed[@]} -eq 0 ]]; then
    echo "${mark}nothing to prune, kept $kept"
    exit "$EXIT_NOTHING"
  fi
  echo "${mark}pruned ${#doomed[@]}, kept $kept"
}
