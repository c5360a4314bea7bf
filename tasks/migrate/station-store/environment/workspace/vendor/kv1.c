#include "kv1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kv_store {
    char path[256], owner[64];
    char *keys[256], *values[256];
    int count, max;
};

int kv_errno;

const char *kv_strerror(int error)
{
    static const char *texts[] = {"no error", "no such key", "store is full", "input or output failed", "bad key"};
    return texts[error];
}

static int fail(int error)
{
    kv_errno = error;
    return -1;
}

static int find(kv_store *store, const char *key)
{
    for (int i = 0; i < store->count; i++)
        if (strcmp(store->keys[i], key) == 0)
            return i;
    return fail(KV_ENOENT);
}

kv_store *kv_open(const char *path, const char *owner, int max_entries)
{
    kv_store *store = calloc(1, sizeof *store);
    char line[65536];
    FILE *file = fopen(path, "a+");

    store->max = 256;
    snprintf(store->path, sizeof store->path, "%s", path);
    snprintf(store->owner, sizeof store->owner, "%s", owner);
    if (file == NULL) {
        free(store);
        fail(KV_EIO);
        return NULL;
    }
    rewind(file);
    while (fgets(line, sizeof line, file)) {
        char *equals = strchr(line, '=');
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '#' && equals) {
            *equals = '\0';
            kv_put(store, line, equals + 1);
        }
    }
    fclose(file);
    store->max = max_entries;
    return store;
}

const char *kv_get(kv_store *store, const char *key)
{
    int at = find(store, key);
    return at < 0 ? NULL : store->values[at];
}

int kv_put(kv_store *store, const char *key, const char *value)
{
    int at = find(store, key);
    if (key[0] == '\0' || key[0] == '#' || strpbrk(key, "=\n"))
        return fail(KV_EKEY);
    if (at < 0) {
        if (store->count >= store->max)
            return fail(KV_EFULL);
        at = store->count++;
        store->keys[at] = strdup(key);
    } else
        free(store->values[at]);
    store->values[at] = strdup(value);
    return 0;
}

int kv_del(kv_store *store, const char *key)
{
    int at = find(store, key);
    if (at < 0)
        return -1;
    free(store->keys[at]);
    free(store->values[at]);
    store->count--;
    store->keys[at] = store->keys[store->count];
    store->values[at] = store->values[store->count];
    return 0;
}

int kv_count(kv_store *store, const char *prefix)
{
    int found = 0;
    for (int i = 0; i < store->count; i++)
        found += strncmp(store->keys[i], prefix, strlen(prefix)) == 0;
    return found;
}

int kv_close(kv_store *store)
{
    FILE *file = fopen(store->path, "w");
    if (file == NULL) {
        kv_abandon(store);
        return fail(KV_EIO);
    }
    fprintf(file, "# %s\n", store->owner);
    for (int i = 0; i < store->count; i++)
        fprintf(file, "%s=%s\n", store->keys[i], store->values[i]);
    fclose(file);
    kv_abandon(store);
    return 0;
}

void kv_abandon(kv_store *store)
{
    while (store->count)
        kv_del(store, store->keys[0]);
    free(store);
}
