(* Absolute paths as lists of components. *)

let components text = String.split_on_char '/' text |> List.filter (fun part -> part <> "" && part <> ".")

let rec resolve parts =
  match parts with
  | part :: ".." :: rest when part <> ".." -> resolve rest
  | ".." :: rest -> resolve rest
  | part :: rest -> part :: resolve rest
  | [] -> []

let to_string parts = "/" ^ String.concat "/" parts
