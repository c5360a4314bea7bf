<?php
// Says what the settings amount to.

function megabytes(string $name): int
{
    if (!preg_match('/^(\d+)M$/i', ini_get($name), $found)) {
        fwrite(STDERR, "$name is not in megabytes: " . ini_get($name) . "\n");
        exit(2);
    }
    return (int) $found[1];
}

if (($argv[1] ?? '') === 'show') {
    echo ini_get($argv[2]), "\n";
} else {
    $upload = megabytes('upload_max_filesize');
    $post = megabytes('post_max_size');
    $memory = megabytes('memory_limit');
    $fits = $upload < $post && $post < $memory;
    echo $fits ? 'ok' : "bad: upload $upload, post $post, memory $memory", "\n";
    exit($fits ? 0 : 1);
}
