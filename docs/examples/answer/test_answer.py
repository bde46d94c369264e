"""The same in Python, for what a table cannot say."""


def test_the_answer_is_printed(firmware):
    run = firmware.run(firmware.build("main.c"))
    run.expect_success()
    run.expect_console("the answer is 42")
    assert [thread.name for thread in run.threads if thread.name == "ASKS"]


def test_without_the_share_the_teller_is_refused(firmware, tmp_path):
    source = tmp_path / "unshared.c"
    text = (firmware.directory / "main.c").read_text()
    source.write_text(text.replace("rtems_share_stack(", "if (0) rtems_share_stack("))
    run = firmware.run(firmware.build(source))
    run.expect_fault(kind="MemManage", thread="TELL", owner="ASKS", symbol="answer", access="write")
