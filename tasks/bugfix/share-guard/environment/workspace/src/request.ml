(* What a line of input asks for. *)

type t =
  | Relative of string
  | Absolute of string list

let parse line =
  if line = "" || line.[0] <> '/' then Relative line
  else Absolute (Path.components line |> Path.resolve |> List.map Percent.decode)
