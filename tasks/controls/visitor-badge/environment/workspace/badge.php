<?php
// 名札に来訪者の名前を入れて出力する
$badge = file_get_contents(__DIR__ . '/badge.html');
if (str_contains($badge, '____')) {
    fwrite(STDERR, "badge.html: 未記入の欄があります\n");
    exit(1);
}
echo str_replace('NAME', htmlspecialchars($argv[1] ?? ''), $badge);
