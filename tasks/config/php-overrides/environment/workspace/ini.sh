#!/bin/sh
# Runs ini.php under the settings of this directory.
cd "$(dirname "$0")" || exit 1
PHP_INI_SCAN_DIR=php/conf.d exec php -c php/php.ini ini.php "$@"
