#define _POSIX_C_SOURCE 200809L
#include "kv2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kv2_store {
    char path[256], owner[64];
    char *keys[256], *values[256];
    int count;
    size_t bytes, max_bytes;
};

static int unreleased;

const char *kv2_text(kv2_status status)
{
    static const char *texts[] = {"no error", "store is full", "no such key",     "key exists",
                                  "input or output failed", "bad key", "bad option"};
    return texts[status];
}

int kv2_unreleased(void)
{
    return unreleased;
}

static int find(kv2_store *store, const char *key)
{
    int at = store->count;
    while (--at >= 0 && strcmp(store->keys[at], key) != 0)
        ;
    return at;
}

kv2_status kv2_open(kv2_store **out, const char *path, const kv2_options *options)
{
    *out = NULL;
    if (!options->owner || !options->max_bytes || options->lock_ms < 1000 || !options->journal_kib)
        return KV2_BAD_OPTION;
    FILE *file = fopen(path, options->create ? "a+" : "r+");
    if (file == NULL)
        return KV2_IO;
    kv2_store *store = calloc(1, sizeof *store);
    char *line = NULL;
    size_t room = 0;
    snprintf(store->path, sizeof store->path, "%s", path);
    snprintf(store->owner, sizeof store->owner, "%s", options->owner);
    store->max_bytes = (size_t)-1;
    rewind(file);
    while (getline(&line, &room, file) > 0) {
        char *equals = strchr(line, '=');
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '#' && equals) {
            *equals = '\0';
            kv2_put(store, line, equals + 1, KV2_REPLACE);
        }
    }
    free(line);
    fclose(file);
    store->max_bytes = options->max_bytes;
    unreleased++;
    *out = store;
    return KV2_OK;
}

kv2_status kv2_get(kv2_store *store, const char *key, char **value)
{
    int at = find(store, key);
    *value = NULL;
    if (at < 0)
        return KV2_NOT_FOUND;
    *value = strdup(store->values[at]);
    unreleased++;
    return KV2_OK;
}

void kv2_release(char *value)
{
    unreleased -= value != NULL;
    free(value);
}

kv2_status kv2_put(kv2_store *store, const char *key, const char *value, kv2_mode mode)
{
    int at = find(store, key);
    size_t before = at < 0 ? 0 : strlen(store->values[at]) + strlen(key);
    if (key[0] == '\0' || key[0] == '#' || strpbrk(key, "=\n"))
        return KV2_BAD_KEY;
    if (at >= 0 && mode != KV2_REPLACE)
        return KV2_EXISTS;
    if (store->bytes - before + strlen(key) + strlen(value) > store->max_bytes || (at < 0 && store->count == 256))
        return KV2_FULL;
    store->bytes += strlen(key) + strlen(value) - before;
    if (at < 0)
        store->keys[at = store->count++] = strdup(key);
    else
        free(store->values[at]);
    store->values[at] = strdup(value);
    return KV2_OK;
}

kv2_status kv2_remove(kv2_store *store, const char *key, bool *removed)
{
    int at = find(store, key);
    if (removed)
        *removed = at >= 0;
    if (at < 0)
        return KV2_OK;
    store->bytes -= strlen(key) + strlen(store->values[at]);
    free(store->keys[at]);
    free(store->values[at]);
    store->count--;
    store->keys[at] = store->keys[store->count];
    store->values[at] = store->values[store->count];
    return KV2_OK;
}

kv2_status kv2_count(kv2_store *store, const char *prefix, size_t *count)
{
    *count = 0;
    for (int i = 0; i < store->count; i++)
        *count += strncmp(store->keys[i], prefix, strlen(prefix)) == 0;
    return KV2_OK;
}

kv2_status kv2_commit(kv2_store *store)
{
    FILE *file = fopen(store->path, "w");
    if (file == NULL)
        return KV2_IO;
    fprintf(file, "# %s\n", store->owner);
    for (int i = 0; i < store->count; i++)
        fprintf(file, "%s=%s\n", store->keys[i], store->values[i]);
    return fclose(file) == 0 ? KV2_OK : KV2_IO;
}

void kv2_close(kv2_store *store)
{
    if (store == NULL)
        return;
    while (store->count)
        kv2_remove(store, store->keys[0], NULL);
    free(store);
    unreleased--;
}
