(* What a line of input asks for. *)

type t =
  | Relative of string
  | Absolute of string list

let parse line =
  let path = Percent.decode line in
  if path = "" || path.[0] <> '/' then Relative path
  else Absolute (Path.components path |> Path.resolve)
