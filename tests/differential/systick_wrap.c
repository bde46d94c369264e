/* How often SYST_CVR reads as zero, in 100,000 reads while it counts from 15,990. */
#include "console.h"
#include "faults.h"

int main(void)
{
    REGISTER(0xE000E014) = 15990;
    REGISTER(0xE000E018) = 0;
    REGISTER(0xE000E010) = 5;
    int zeros = 0;
    for (int i = 0; i < 100000; i++)
        zeros += REGISTER(0xE000E018) == 0;
    print("zeros %d\n", zeros);
    return 0;
}
