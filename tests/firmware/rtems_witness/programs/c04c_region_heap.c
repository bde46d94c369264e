/* Segments of regions: where they are, how large, and what is left, after many calls. */
#define CLASSIC
#include "witness.h"
static char area[8192] __attribute__((aligned(1024)));
static unsigned seed=1; static unsigned rnd(unsigned n){ seed=seed*1103515245u+12345u; return (seed>>16)%n; }
static rtems_task Init(rtems_task_argument a){ rtems_id r; void*s[24]={0}; static const int pg[]={8,16,32,64};
 for(int p=0;p<4;p++){ memset(s,0,sizeof s); VI("create",rtems_region_create(1,area+1024,2048,pg[p],0,&r));
  for(int i=0;i<300;i++){ int k=rnd(24); unsigned op=rnd(8); if(i==100) VI("ext-above",rtems_region_extend(r,area+3072,1024)); if(i==150) VI("ext-far",rtems_region_extend(r,area+6000,1000)); if(i==200) VI("ext-below",rtems_region_extend(r,area+200,824)); if(i==210) VI("ext-over",rtems_region_extend(r,area+1000,100)); 
   if(!s[k]){ int z=1+rnd(200); int c=rtems_region_get_segment(r,z,RTEMS_NO_WAIT,0,&s[k]); uintptr_t q=0; if(!c) rtems_region_get_segment_size(r,s[k],&q); printf("%d-%d get %d: %d %d %d\n",pg[p],i,z,c,s[k]?(int)((char*)s[k]-area):-1,(int)q); }
   else if(op<6){ printf("%d-%d ret %d: %d\n",pg[p],i,(int)((char*)s[k]-area),rtems_region_return_segment(r,(char*)s[k]+(op==5?4:0))); s[k]=NULL; }
   else { int z=1+rnd(200); uintptr_t o=0,q=0; int c=rtems_region_resize_segment(r,s[k],z,&o); rtems_region_get_segment_size(r,s[k],&q); printf("%d-%d rsz %d %d: %d %d %d\n",pg[p],i,(int)((char*)s[k]-area),z,c,(int)o,(int)q); }
   if(i%20==0){ Heap_Information_block h; rtems_region_get_information(r,&h); printf("%d-%d info: %d %d %d %d %d %d\n",pg[p],i,(int)h.Free.number,(int)h.Free.largest,(int)h.Free.total,(int)h.Used.number,(int)h.Used.largest,(int)h.Used.total); }
  }
  { uintptr_t z; VI("big",rtems_region_get_segment(r,4000,RTEMS_NO_WAIT,0,&s[0])); VI("bigger",rtems_region_get_segment(r,5000,RTEMS_NO_WAIT,0,&s[0])); }
  for(int k=1;k<24;k++) if(s[k]) rtems_region_return_segment(r,s[k]); VI("del",rtems_region_delete(r)); }
 exit(0);}
#include "witness_config.h"
