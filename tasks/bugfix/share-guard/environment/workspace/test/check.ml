let conf =
  Rules.parse
    [ "code_denied = 11"; "code_relative = 22"; "longest = 200"; "allow /srv/media"; "deny /srv/media/raw" ]

let expect line wanted =
  let got = Rules.answer conf line in
  if got <> wanted then begin
    Printf.printf "FAIL %s: wanted %S, got %S\n" line wanted got;
    exit 1
  end

let () =
  expect "/srv//media/./a%20b.png" "allow /srv/media/a b.png";
  expect "/srv/media2/a.png" "deny 11 /srv/media2/a.png";
  expect "/srv/media/raw/../a.png" "allow /srv/media/a.png";
  expect "/srv/media/raw/a.png" "deny 11 /srv/media/raw/a.png";
  expect "/srv/media/x/../../../etc/passwd" "deny 11 /etc/passwd";
  print_endline "ok"
