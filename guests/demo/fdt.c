// The flattened device tree: how a machine tells a kernel what it consists of.
// Format: Devicetree Specification, chapter 5. All numbers are big-endian; the structure is a stream of tokens:
//   BEGIN_NODE name, PROPERTY length name-offset value, END_NODE, NOP, END; each padded to 4 bytes.

#include "kernel.h"

struct fdt_header { uint32_t magic, size, structure, strings, reserved, version, compatible, boot_hart, strings_size, structure_size; };

enum token { BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOP = 4, END = 9 };

static uint32_t big_endian(uint32_t value)
{
    return value >> 24 | (value >> 8 & 0xff00) | (value << 8 & 0xff0000) | value << 24;
}

bool fdt_valid(const void *tree)
{
    const struct fdt_header *header = tree;
    return header && (uint64_t)header % 8 == 0 && big_endian(header->magic) == 0xd00dfeed && big_endian(header->compatible) <= 17;
}

uint32_t fdt_size(const void *tree)
{
    return big_endian(((const struct fdt_header *)tree)->size);
}

// The number that starts at cell `index` of a property and is `cells` cells of 32 bits long.
uint64_t fdt_number(const struct fdt_property *property, unsigned index, unsigned cells)
{
    uint64_t number = 0;
    const uint32_t *value = property->value;
    for (unsigned i = index; i < index + cells && 4 * (i + 1) <= property->length; i++)
        number = number << 32 | big_endian(value[i]);
    return number;
}

// Shows every property to `visit`, with the path of its node: "/", "/cpus", "/cpus/cpu@0" ...
void fdt_walk(const void *tree, void (*visit)(const struct fdt_property *property))
{
    const struct fdt_header *header = tree;
    const uint32_t *token = tree + big_endian(header->structure);
    const char *strings = tree + big_endian(header->strings);
    char path[128] = "";
    size_t length = 0;

    for (;;) {
        switch (big_endian(*token++)) {
        case BEGIN_NODE: {
            const char *name = (const char *)token;
            size_t size = strlen(name);
            token += size / 4 + 1;
            if (length + size + 2 > sizeof path)
                return;                                     // nothing that we look for is so deep
            if (length != 1)
                path[length++] = '/';                       // (the root's name is empty: its path is "/")
            memcpy(path + length, name, size + 1);
            length += size;
            break;
        }
        case END_NODE:
            while (length > 1 && path[--length] != '/')
                ;
            if (length == 0)
                length = 1;
            path[length] = 0;
            break;
        case PROPERTY: {
            struct fdt_property property = { path, strings + big_endian(token[1]), token + 2, big_endian(token[0]) };
            visit(&property);
            token += 2 + (property.length + 3) / 4;
            break;
        }
        case NOP:
            break;
        default:                                            // END, or not a device tree after all
            return;
        }
    }
}
