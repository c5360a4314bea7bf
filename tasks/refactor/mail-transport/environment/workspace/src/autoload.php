<?php

spl_autoload_register(function (string $class): void {
    $path = __DIR__ . '/' . str_replace('Museum\\', '', $class) . '.php';
    if (is_file($path)) {
        require $path;
    }
});
