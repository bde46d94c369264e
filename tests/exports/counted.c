#include <stdio.h>
#include <stdlib.h>

static int gcd(int a, int b)
{
  while (b != 0) {
    int t = a % b;
    a = b;
    b = t;
  }
  return a;
}

static int classify(int n)
{
  if (n < 0)
    return -1;
  else if (n == 0)
    return 0;
  if (n > 100 && n % 2 == 0)
    return 2;
  return n > 10 ? 3 : 4;
}

int unused(int x)
{
  return x + 1;
}

static int fib(int n)
{
  if (n < 2)
    return n;
  return fib(n - 1) + fib(n - 2);
}

static int letters(const char *s)
{
  int found = 0;
  for (; *s; s++)
    if (*s >= 'a' && *s <= 'z')
      found++;
  return found;
}

static int weekday(int n)
{
  switch (n) {
  case 0:
    return 10;
  case 1:
    return 11;
  case 2:
    return 12;
  default:
    return 0;
  }
}

int main(void)
{
  int sum = 0;
  for (int i = 0; i < 10; i++)
    sum += gcd(i * 6, 4);
  for (int i = -3; i < 20; i += 2) sum += classify(i);
  do {
    sum -= 7;
  } while (sum > 100);
  sum += fib(10) + letters("Hello, World");
  for (int i = 0; i < 5; i++)
    sum += weekday(i);
  printf("%d\n", sum);
  return 0;
}
