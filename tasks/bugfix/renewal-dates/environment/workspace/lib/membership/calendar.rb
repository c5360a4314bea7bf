require "date"

module Membership
  module Calendar
    module_function

    # The same day some months later, or the last one of a shorter month.
    def later(day, months)
      day >> months
    end

    def working_day(day)
      day += 1 while day.saturday? || day.sunday?
      day
    end
  end
end
