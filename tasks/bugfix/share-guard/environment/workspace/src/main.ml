(* Usage: guard CONF [--show] < REQUESTS *)

let rec lines channel =
  match input_line channel with
  | line -> line :: lines channel
  | exception End_of_file -> []

let () =
  let conf = Rules.parse (lines (open_in Sys.argv.(1))) in
  if Array.length Sys.argv > 2 then
    Printf.printf "realm %s, ban for %s s\n" (Rules.setting conf "realm") (Rules.setting conf "ban_s")
  else List.iter (fun line -> print_endline (Rules.answer conf line)) (lines stdin)
