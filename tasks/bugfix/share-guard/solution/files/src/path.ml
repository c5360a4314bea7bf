(* Absolute paths as lists of components. *)

let components text = String.split_on_char '/' text |> List.filter (fun part -> part <> "" && part <> ".")

let resolve parts =
  let step above part =
    match part, above with
    | "..", _ :: rest -> rest
    | "..", [] -> []
    | _ -> part :: above
  in
  List.rev (List.fold_left step [] parts)

let to_string parts = "/" ^ String.concat "/" parts
