(* Which paths may be read, and the answer to a request. *)

type t = {
  settings : (string * string) list;
  rules : (bool * string list) list;  (* longest first *)
}

let parse lines =
  let add conf line =
    match String.index_opt line '=', String.split_on_char ' ' line with
    | None, [ verb; path ] when verb = "allow" || verb = "deny" ->
      { conf with rules = (verb = "allow", Path.components path) :: conf.rules }
    | Some at, _ ->
      let key = String.trim (String.sub line 0 at) in
      let value = String.trim (String.sub line (at + 1) (String.length line - at - 1)) in
      { conf with settings = (key, value) :: conf.settings }
    | _ -> conf
  in
  let conf = List.fold_left add { settings = []; rules = [] } lines in
  let longer (_, a) (_, b) = compare (List.length b) (List.length a) in
  { conf with rules = List.stable_sort longer conf.rules }

let setting conf key =
  match List.assoc_opt key conf.settings with
  | Some value -> value
  | None -> failwith (key ^ " is missing")

let rec above rule path =
  match rule, path with
  | [], _ -> true
  | a :: rule, b :: path -> a = b && above rule path
  | _, [] -> false

let answer conf line =
  let deny code path = Printf.sprintf "deny %s %s" (setting conf code) path in
  if String.length line > int_of_string (setting conf "longest") then deny "code_denied" line
  else
    match Request.parse line with
    | Request.Relative path -> deny "code_relative" path
    | Request.Absolute path -> (
      match List.find_opt (fun (_, rule) -> above rule path) conf.rules with
      | Some (true, _) -> "allow " ^ Path.to_string path
      | _ -> deny "code_denied" (Path.to_string path))
