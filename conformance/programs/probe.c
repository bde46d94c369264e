/* Whether a runner runs programs at all, and their console and end arrive. */
#include "console.h"

int main(void)
{
    print("the probe has run\n");
    return 0;
}
