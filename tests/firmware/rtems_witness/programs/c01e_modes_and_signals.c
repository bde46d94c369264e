/* Task modes and asynchronous signal routines. */
#include "witness.h"
static rtems_id t, me; static rtems_mode m; static char buf[40];
static void asr(rtems_signal_set s) { rtems_mode o; rtems_task_mode(0, 0, &o); snprintf(buf, 40, "asr%lx/%lx", (unsigned long) s, (unsigned long) o); note(buf); }
static void asr_send(rtems_signal_set s) { snprintf(buf, 40, "in%lx", (unsigned long) s); note(buf); if (s == 1) { note(status_name(rtems_signal_send(RTEMS_SELF, 2))); note("sent"); } snprintf(buf, 40, "out%lx", (unsigned long) s); note(buf); }
static void asr_wait(rtems_signal_set s) { note("w"); rtems_task_wake_after(2); note("w-end"); }
static rtems_task body(rtems_task_argument a) { rtems_event_set e; note(status_name(rtems_signal_catch((rtems_asr_entry) a, RTEMS_DEFAULT_MODES))); for (int i = 0; i < 3; i++) { note(status_name(rtems_event_receive(1, RTEMS_WAIT, 4, &e))); } note("end"); rtems_task_exit(); }
static rtems_task other(rtems_task_argument a) { note(a ? "o1" : "o0"); rtems_task_exit(); }
static rtems_task Init(rtems_task_argument x) { (void) x; me = rtems_task_self(); 
 RT("mode-null", rtems_task_mode(0, 0, NULL)); RT("mode", rtems_task_mode(0, 0, &m)); VX("m", m);
 RT("nopre", rtems_task_mode(RTEMS_NO_PREEMPT, RTEMS_PREEMPT_MASK, &m)); VX("m", m); RT("ts", rtems_task_mode(RTEMS_TIMESLICE, RTEMS_TIMESLICE_MASK, &m)); VX("m", m); RT("noasr", rtems_task_mode(RTEMS_NO_ASR, RTEMS_ASR_MASK, &m)); VX("m", m); RT("all", rtems_task_mode(RTEMS_DEFAULT_MODES, RTEMS_ALL_MODE_MASKS, &m)); VX("m", m); RT("int0", rtems_task_mode(RTEMS_INTERRUPT_LEVEL(0), RTEMS_INTERRUPT_MASK, &m)); RT("int2", rtems_task_mode(RTEMS_INTERRUPT_LEVEL(2), RTEMS_INTERRUPT_MASK, &m)); RT("int2nopre", rtems_task_mode(RTEMS_INTERRUPT_LEVEL(2)|RTEMS_NO_PREEMPT, RTEMS_INTERRUPT_MASK|RTEMS_PREEMPT_MASK, &m)); rtems_task_mode(0, 0, &m); VX("m", m);
 VX("masks", RTEMS_ALL_MODE_MASKS); VX("intmask", RTEMS_INTERRUPT_MASK); VX("il", RTEMS_INTERRUPT_LEVEL(77));
 RT("send-none", rtems_signal_send(RTEMS_SELF, 1)); RT("send-0", rtems_signal_send(RTEMS_SELF, 0)); RT("send-0-bad", rtems_signal_send(4, 0)); RT("send-bad", rtems_signal_send(4, 1)); 
 RT("catch", rtems_signal_catch(asr, RTEMS_DEFAULT_MODES)); RT("send", rtems_signal_send(RTEMS_SELF, 5)); show("asr"); RT("catch-nopre", rtems_signal_catch(asr, RTEMS_NO_PREEMPT | RTEMS_TIMESLICE)); RT("send", rtems_signal_send(me, 6)); show("asr"); rtems_task_mode(0, 0, &m); VX("after", m); RT("catch-noasr", rtems_signal_catch(asr, RTEMS_NO_ASR)); RT("send", rtems_signal_send(me, 6)); show("asr");
 RT("catch-int", rtems_signal_catch(asr, RTEMS_INTERRUPT_LEVEL(3)));  RT("send", rtems_signal_send(me, 6)); show("asr"); rtems_signal_catch(asr, 0);
 rtems_task_mode(RTEMS_NO_ASR, RTEMS_ASR_MASK, &m); rtems_signal_send(RTEMS_SELF, 1); rtems_signal_send(RTEMS_SELF, 8); show("held"); rtems_task_mode(RTEMS_ASR, RTEMS_ASR_MASK, &m); show("released");
 rtems_signal_catch(asr_send, 0); RT("nested", rtems_signal_send(RTEMS_SELF, 1)); show("nested"); rtems_signal_catch(asr_send, RTEMS_NO_ASR); RT("nested", rtems_signal_send(RTEMS_SELF, 1)); show("nested-noasr");
 RT("disable", rtems_signal_catch(NULL, 0)); RT("send", rtems_signal_send(RTEMS_SELF, 1)); rtems_task_mode(RTEMS_DEFAULT_MODES, RTEMS_ALL_MODE_MASKS, &m); VX("mm", m);
 rtems_task_priority p; rtems_task_set_priority(RTEMS_SELF, 20, &p); rtems_task_create(5, 10, 0, RTEMS_DEFAULT_MODES, 0, &t); rtems_task_start(t, body, (rtems_task_argument) asr); show("body"); RT("s", rtems_signal_send(t, 3)); show("blocked"); rtems_event_send(t, 1); show("ev"); rtems_task_suspend(t); rtems_signal_send(t, 4); show("susp"); rtems_task_resume(t); show("res"); rtems_task_wake_after(10); show("rest");
 rtems_task_create(5, 10, 0, RTEMS_DEFAULT_MODES, 0, &t); rtems_task_start(t, body, (rtems_task_argument) asr_wait); rtems_signal_send(t, 3); show("w1"); rtems_event_send(t, 1); show("w2"); rtems_task_wake_after(14); notes[0] = 0;
 rtems_task_mode(RTEMS_NO_PREEMPT, RTEMS_PREEMPT_MASK, &m); rtems_task_create(5, 10, 0, RTEMS_DEFAULT_MODES, 0, &t); rtems_task_start(t, other, 0); show("np"); rtems_task_mode(RTEMS_PREEMPT, RTEMS_PREEMPT_MASK, &m); show("p"); rtems_task_mode(RTEMS_NO_PREEMPT, RTEMS_PREEMPT_MASK, &m); rtems_task_create(5, 10, 0, RTEMS_DEFAULT_MODES, 0, &t); rtems_task_start(t, other, 1); RT("yield", rtems_task_wake_after(0)); show("yielded"); rtems_task_create(5, 10, 0, RTEMS_DEFAULT_MODES, 0, &t); rtems_task_start(t, other, 1); rtems_task_set_priority(RTEMS_SELF, 30, &p); show("setprio-np"); rtems_signal_catch(asr, RTEMS_PREEMPT); rtems_signal_send(RTEMS_SELF, 1); show("asr-preempts"); rtems_task_mode(0, 0, &m); VX("m", m);
 exit(0); }
#define CLASSIC
#include "witness_config.h"
