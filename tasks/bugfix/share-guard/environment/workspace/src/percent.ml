(* Percent-encoding. *)

let hex c =
  match c with
  | '0' .. '9' -> Some (Char.code c - Char.code '0')
  | 'a' .. 'f' -> Some (Char.code c - Char.code 'a' + 10)
  | 'A' .. 'F' -> Some (Char.code c - Char.code 'A' + 10)
  | _ -> None

let decode text =
  let length = String.length text in
  let out = Buffer.create length in
  let rec from i =
    if i < length then
      match if text.[i] = '%' && i + 2 < length then hex text.[i + 1], hex text.[i + 2] else None, None with
      | Some high, Some low ->
        Buffer.add_char out (Char.chr ((high * 16) + low));
        from (i + 3)
      | _ ->
        Buffer.add_char out text.[i];
        from (i + 1)
  in
  from 0;
  Buffer.contents out
