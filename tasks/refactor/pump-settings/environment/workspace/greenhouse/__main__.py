import csv
import sys

from greenhouse import alarms, controller


def main() -> int:
    print("sensor", controller.SENSOR_SERIAL)
    for second, bed, moisture in csv.reader(sys.stdin):
        print(second, bed, controller.decide(int(second), bed, int(moisture)))
        message = alarms.check(bed, int(moisture))
        if message:
            print("alarm", message)
    return 0


sys.exit(main())
