/* vm/machine: what each machine has. */
#include <check.h>

#include "base/list.h"
#include "tests/unit/suite.h"
#include "vm/machine.h"

START_TEST(buses)
{
	for (unsigned bus = 0; bus < BUSES; bus++) {
		for (uint64_t m = MACHINE_AUTO; m <= MACHINE_PC; m++)
			ck_assert_ptr_nonnull(machine_bus(m, bus));
		ck_assert_int_eq(machine_bus(MACHINE_MICROVM, bus) != NULL, bus == BUS_VIRTIO);
	}
}
END_TEST

/* Private memory of QEMU 7.2 under TCG at its most, in MiB, beside RAM and translations. */
static const struct {
	uint64_t machine;
	unsigned vcpus, mib;
} measured[] = {
    {MACHINE_Q35, 1, 50},
    {MACHINE_Q35, 64, 160},
    {MACHINE_Q35, 128, 416},
    {MACHINE_Q35, 192, 744},
    {MACHINE_Q35, 255, 1233},
    {MACHINE_PC, 255, 1304},
    {MACHINE_MICROVM, 255, 107},
};

START_TEST(beside_is_more_than_measured)
{
	const struct machine_parts p = {
	    .machine = machine_get(measured[_i].machine), .vcpus = measured[_i].vcpus};
	ck_assert_uint_ge(machine_beside(&p) >> 20, measured[_i].mib + 64);
}
END_TEST

/* 8 bytes for each page, in QEMU and in KVM at the least. */
START_TEST(ram_has_tables)
{
	uint64_t ram = UINT64_C(64) << 30;
	ck_assert_uint_ge(machine_ram(ram) - ram, 2 * 8 * (ram / 4096));
	ck_assert_uint_lt(machine_ram(ram) - ram, ram / 100);
	ck_assert_uint_eq(machine_ram(1 << 20), (1 << 20) + (1 << 13));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("machine");
	TCase *t = tcase_create("machine");
	tcase_add_test(t, buses);
	tcase_add_loop_test(t, beside_is_more_than_measured, 0, NELEM(measured));
	tcase_add_test(t, ram_has_tables);
	suite_add_tcase(s, t);
	return suite_run(s);
}
